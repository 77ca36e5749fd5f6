// Package wire holds the wire protocols of AWS services and knows no service
// by name. What tells one service from another is a model: the operations, and
// the shapes that go in and out, as the service's own description has them.
//
// One codec serves them all. It binds a shape of the model to a type of the
// SDK once, by reflection, and from then on fills the SDK's own input types
// from requests and writes its own output types as responses. No type is
// written by hand for any operation.
//
// A request passes through here in this order:
//
//	ReadBody         the body, within MaxBody, or MaxUpload for S3
//	Verifier.Verify  who signed it, for which service, in which Region; the body
//	                 out of its chunks, and held against its digest
//	Service.Route    which operation
//	DecodeInput      into the SDK's input type; anything unknown is refused
//	Validate         the model's constraints, worded as AWS words them
//	EncodeOutput     or EncodeError
//
// Spoken here are AWS JSON 1.0 and 1.1, AWS Query, EC2 Query, restXml with the
// ways of S3, and restJson1, as the Smithy specification describes them
// (smithy.io, "AWS protocols"). A protocol is one value of the interface in
// protocol.go. By file:
//
//	authorization, presigned, canonical, sigv4, refusal   who signed
//	content, chunks, checksum, payload                    bodies that are content
//	address, rest, restencode, text                       HTTP bindings
//	restxml, xmldecode, xmlencode, validatexml            S3
//	json…, restjson, query…, ec2                          the others
//
// The codec is stricter than AWS where AWS stays silent: an unknown member, an
// unknown parameter or x-amz- header, a member given twice, or a number written
// as a string is an error, because in a test each is a mistake that somebody
// wants to hear about.
//
// Left out: event streams, uploads to S3 by HTML forms, Signature Version 4A,
// checksums of the xxHash family, and S3's virtual-hosted addresses, which are refused.
package wire
