// Package config is what the CDK app is told: the context value "rekey" of
// cdk.json, parsed once and checked whole. It knows nothing of the CDK.
//
// All fields are optional; {} deploys into the account and Region of whoever
// calls `cdk deploy`.
//
//	environments      where to deploy: [{"account": "111122223333", "region": "eu-central-1"}, …]
//	architecture      "arm64" (default) or "x86_64"; -c arch=x86_64 wins over it
//	alarmEmail        an address that is told of alarms
//	logRetentionDays  how long logs are kept: 90 days without it
//	tracing           true: X-Ray traces of the functions
//	fips              true: the functions use the Go Cryptographic Module in FIPS 140-3
//	                  mode, and the FIPS endpoints of AWS
//	decrypt           the decrypt function; see Decrypt
//	rotate            the rotate function; see Rotate
//
// An ARN may hold ${AWS::Partition}, ${AWS::Region} and ${AWS::AccountId}: one
// configuration then serves many accounts.
package config
