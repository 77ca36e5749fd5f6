package awserr

// codes are those of the API references' chapters "Errors", "Error responses" and
// "Common Errors", in groups by where else than there they come from. What the
// SDK counts as throttling need not be here; LimitExceededException is, since it
// counts that too.
var codes = map[string]Class{
	"DependencyTimeoutException":  ServiceFault,
	"InternalError":               ServiceFault,
	"InternalException":           ServiceFault,
	"InternalFailure":             ServiceFault,
	"InternalServiceError":        ServiceFault,
	"InternalServerError":         ServiceFault,
	"KMSInternalException":        ServiceFault,
	"ServiceException":            ServiceFault,
	"ServiceUnavailable":          ServiceFault,
	"ServiceUnavailableException": ServiceFault,
	"KMSThrottling":               Throttled, // SNS: of the topic's key
	"KMSThrottlingException":      Throttled,
	"Throttled":                   Throttled, // SNS

	"AccessDenied":                        Denied,
	"AccessDeniedException":               Denied,
	"AuthorizationError":                  Denied, // SNS
	"KMSAccessDenied":                     Denied, // SNS
	"KMSAccessDeniedException":            Denied,
	"NotAuthorized":                       Denied,
	"UnauthorizedOperation":               Denied,
	"ExpiredToken":                        Credentials,
	"ExpiredTokenException":               Credentials,
	"IncompleteSignature":                 Credentials,
	"IncompleteSignatureException":        Credentials,
	"InvalidAccessKeyId":                  Credentials,
	"InvalidClientTokenId":                Credentials,
	"InvalidSignatureException":           Credentials,
	"InvalidToken":                        Credentials,
	"MissingAuthenticationToken":          Credentials,
	"MissingAuthenticationTokenException": Credentials,
	"OptInRequired":                       Credentials,
	"RequestExpired":                      Credentials,
	"RequestTimeTooSkewed":                Credentials,
	"SignatureDoesNotMatch":               Credentials,
	"UnrecognizedClientException":         Credentials,

	"CustomKeyStoreNotFoundException": NotFound,
	"NoSuchBucket":                    NotFound,
	"NoSuchEntity":                    NotFound,
	"NoSuchKey":                       NotFound,
	"NoSuchVersion":                   NotFound,
	"NotFound":                        NotFound, // SNS; S3's HeadObject and HeadBucket, which answer no body
	"NotFoundException":               NotFound,
	"ParameterNotFound":               NotFound,
	"ParameterVersionNotFound":        NotFound,
	"ResourceNotFound":                NotFound, // SNS
	"ResourceNotFoundException":       NotFound,

	"AlreadyExistsException":         Exists, // KMS: the alias
	"BucketAlreadyExists":            Exists,
	"BucketAlreadyOwnedByYou":        Exists,
	"EntityAlreadyExists":            Exists, // IAM
	"ParameterAlreadyExists":         Exists, // Systems Manager
	"ResourceAlreadyExistsException": Exists, // EventBridge
	"ResourceExistsException":        Exists, // Secrets Manager

	"ConcurrentAccess":                Conflict, // SNS: of tags
	"ConcurrentModification":          Conflict, // IAM
	"ConcurrentModificationException": Conflict, // EventBridge
	"ConditionalRequestConflict":      Conflict, // S3, 409: a write at the same time (PutObject)
	"ConflictException":               Conflict, // KMS: an automatic rotation runs, or begins within 20 minutes (RotateKeyOnDemand)
	"OperationAborted":                Conflict, // S3, 409: of a bucket ("List of error codes")
	"PreconditionFailed":              Conflict, // S3, 412: If-Match, If-None-Match (PutObject)
	"PreconditionFailedException":     Conflict, // Lambda: another RevisionId
	"ResourceConflictException":       Conflict, // Lambda: it exists, or is being changed
	"ResourceInUseException":          Conflict, // Lambda
	"StaleTag":                        Conflict, // SNS

	"FilterPolicyLimitExceeded":        LimitExceeded, // SNS
	"LimitExceeded":                    LimitExceeded, // IAM
	"LimitExceededException":           LimitExceeded, // KMS: "a length constraint or quota was exceeded"; EventBridge, Secrets Manager
	"ParameterLimitExceeded":           LimitExceeded, // Systems Manager
	"ParameterMaxVersionLimitExceeded": LimitExceeded, // Systems Manager
	"PolicyLengthExceededException":    LimitExceeded, // EventBridge, Lambda
	"ServiceQuotaExceededException":    LimitExceeded, // EventBridge Scheduler, Lambda
	"SubscriptionLimitExceeded":        LimitExceeded, // SNS
	"TagLimitExceeded":                 LimitExceeded, // SNS
	"TopicLimitExceeded":               LimitExceeded, // SNS

	"NotImplemented":                Unsupported, // S3, 501 ("List of error codes")
	"UnsupportedOperationException": Unsupported, // KMS: "not supported or … not valid for this operation"

	"DryRunOperation":          DryRunOK, // EC2 (DryRun of each operation)
	"DryRunOperationException": DryRunOK, // KMS Developer Guide, "Test your permissions"

	"DisabledException":            KeyDisabled,
	"KMSDisabled":                  KeyDisabled, // SNS
	"KMSDisabledException":         KeyDisabled,
	"DecryptionFailure":            KeyUnavailable,
	"EncryptionFailure":            KeyUnavailable,
	"InvalidKeyId":                 KeyUnavailable,
	"KMSInvalidState":              KeyUnavailable, // SNS
	"KMSInvalidStateException":     KeyUnavailable,
	"KMSNotFound":                  KeyUnavailable, // SNS: the topic is there, its key is not
	"KMSNotFoundException":         KeyUnavailable,
	"KeyUnavailableException":      KeyUnavailable,
	"IncorrectKeyException":        WrongKey,
	"InvalidCiphertextException":   InvalidCiphertext,
	"KMSInvalidMacException":       InvalidCiphertext,
	"KMSInvalidSignatureException": InvalidCiphertext,

	"AuthorizationHeaderMalformed":     Invalid,
	"ExpiredImportTokenException":      Invalid, // KMS, imported material: ask for new parameters
	"IncorrectKeyMaterialException":    Invalid, // KMS, imported material: not the one that is expected
	"InvalidAliasNameException":        Invalid,
	"InvalidArgument":                  Invalid,
	"InvalidArnException":              Invalid,
	"InvalidEventPatternException":     Invalid,
	"InvalidGrantIdException":          Invalid,
	"InvalidGrantTokenException":       Invalid,
	"InvalidImportTokenException":      Invalid,
	"InvalidKeyUsageException":         Invalid,
	"InvalidMarkerException":           Invalid,
	"InvalidObjectState":               Invalid,
	"InvalidParameter":                 Invalid, // SNS
	"InvalidParameterException":        Invalid,
	"InvalidParameterValueException":   Invalid,
	"InvalidRequestContentException":   Invalid,
	"InvalidRequestException":          Invalid,
	"MalformedPolicyDocumentException": Invalid,
	"MethodNotAllowed":                 Invalid,
	"ParameterValueInvalid":            Invalid, // SNS
	"PermanentRedirect":                Invalid,
	"RequestTooLargeException":         Invalid,
	"SerializationException":           Invalid,
	"TagException":                     Invalid,
	"ValidationError":                  Invalid,
	"ValidationException":              Invalid,
}
