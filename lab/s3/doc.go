// Package s3 is the lab's Amazon S3: buckets, their objects and versions,
// conditions, checksums, listings, and encryption that is real. An object under
// SSE-KMS is sealed with a data key of the lab's KMS, made and opened with the
// caller's permissions, so that key policies, key states and the trail count as
// they do in AWS; when its key is gone, nothing can read it any more.
//
// A bucket's name is the only one of its kind in all accounts. Requests are
// authorized against identity policies, the bucket's policy and, where the
// bucket has them enabled, access control lists.
//
// Not modelled, and refused loudly: multipart uploads, Object Lock, storage
// classes other than STANDARD, replication, UpdateObjectEncryption, Select,
// restoring, torrents, websites, SSE-C, DSSE-KMS, access points and directory
// buckets.
//
// Of buckets neither: lifecycle, logging, CORS, requester pays, acceleration,
// inventories, metrics and MFA delete, of which only "there is none" is
// answered; namespaces of an account and Region; S3 Control, for which
// Service.BlockPublicAccess stands in. Notifications have the recorded forms, in
// versions 2.1 and 2.3; what the guide has added since version 2.4 is left out.
// Only HeadBucket and errors tell x-amz-bucket-region.
//
// Messages are those of recorded or reported answers wherever there is one. A
// comment says where the sources leave something open, and what was assumed.
package s3
