// Package journal keeps records of long work in S3, so that work which crashed
// anywhere is gone on with, and two who start the same work do it once. It has no
// server and no lock but S3's conditional writes (S3 User Guide, "Conditional
// writes"): a record is created with If-None-Match: * and changed with If-Match
// and the ETag that was read.
//
// # Objects
//
// A record is one object, PREFIX ID ".json", of type application/json:
//
//	{
//	  "journal": 1,           the layout of this package, with that of a Job
//	  "version": 3,           the caller's version of its own record
//	  "nonce": "9f86d081…",   another one in every write
//	  "record": {…}           what the caller keeps
//	}
//
// and the record of a job is:
//
//	{
//	  "created": "2026-11-22T10:00:00Z",
//	  "lease": {"holder": "rotate 5f0c…", "until": "2026-11-22T10:05:00Z"},   null: nobody
//	  "finished": "2026-11-22T10:03:00Z",                                     null: not yet
//	  "state": {…},                                                           the caller's
//	  "steps": [{"name": "alias/app", "phase": "begun", "at": "2026-11-22T10:01:00Z", "detail": ""}, …]
//	}
//
// Ids are made of letters, digits and -_.=, in parts divided by slashes. What has
// other characters, such as an ARN, has to be told otherwise. A reader refuses
// members that it does not know and versions above its own (ErrNewer), and since
// an Entry comes only from what could be read, what is newer is never overwritten.
// So whoever adds a member raises the version; members that older records lack are
// zero.
//
// A record is at most Limit bytes. A job's steps are all in it and are written
// anew with each: a job is one key, one snapshot, one batch, with tens of steps,
// and not a sweep over thousands of things, which has a job each. Of a step the last
// attempt is kept: however often it fails, the record does not grow. Details are for
// people and are cut at DetailLimit; what the work needs again belongs in the
// state. Once the limit is reached, writes fail with ErrTooLarge and the record
// stays as it was.
//
// Records hold no secret bytes, not even sealed ones: whoever may list jobs reads
// them, versions of the bucket keep them, and nobody wipes them. An error's text
// goes into a step's detail, so it has to be one that may be logged.
//
// # What is guaranteed
//
//   - One of two who create the same id at once succeeds; so with changing, and so
//     with taking a job whose lease has run out.
//   - A write that failed for its caller though it took effect (a lost answer, an
//     internal error, the SDK's own second attempt that finds the first one's
//     object and is told 412) is recognised by its nonce and is a success.
//   - What is written before a call, by Begin, is there when the call is made, and
//     its writer held the lease then.
//   - A finished job keeps its record. Nothing is deleted but by Store.Delete; a
//     lifecycle rule of the bucket may, after a time in which nobody can still ask for
//     it.
//
// # What is not
//
//   - A holder that is paused for longer than its lease, between Begin and the call,
//     makes the call although somebody else holds the job by then. It finds out
//     with its next write (ErrConflict). So a step must be one that may be done
//     twice, or late: a call with a client token, a name that can exist once, a
//     condition, or a look before it. See Run.Do, and Run.Held, which leaves to chance
//     no more than the call itself.
//   - An error that is none of this package's says nothing of whether the write took
//     effect: it may even do so after it was looked for. Give up, or Load. A late
//     write does no harm to later ones, since its ETag is then another one's.
//   - ErrConflict says that the record is somebody else's by now. That our own write
//     was there in between can not be seen.
//   - Clocks are compared: a lease must be much longer than clocks are apart.
//
// A step, then:
//
//	err := run.Do(ctx, "create key", func(ctx context.Context) error {
//		// Begun before? Then it may have happened: look for what carries our tag.
//		key, err := findTagged(ctx, run.ID)
//		if key == "" && err == nil {
//			key, err = createTagged(ctx, run.ID)
//		}
//		run.State.Successor = key // is written with the step's end
//		return err
//	})
//
// # Permissions
//
// s3:GetObject and s3:PutObject on PREFIX*, the former for If-Match too, and
// s3:ListBucket on the bucket: without it S3 answers 403 instead of 404 for a
// record that is not there (API reference, GetObject). For Store.Delete,
// s3:DeleteObject. With a KMS key, kms:GenerateDataKey and kms:Decrypt.
package journal
