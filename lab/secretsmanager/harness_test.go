package secretsmanager

import (
	"fmt"
	"path"
	"reflect"
	"strings"
	"testing"

	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"rekey/lab/iam"
	"rekey/lab/kms"
	"rekey/lab/wire"
	"rekey/lab/world"
	"rekey/shared/keyid"
	"rekey/shared/keypolicy"
)

// The SDK's types, under names that fit a line.
type (
	createIn  = secretsmanager.CreateSecretInput
	createOut = secretsmanager.CreateSecretOutput
	putIn     = secretsmanager.PutSecretValueInput
	putOut    = secretsmanager.PutSecretValueOutput
	getIn     = secretsmanager.GetSecretValueInput
	getOut    = secretsmanager.GetSecretValueOutput
)

const (
	mine  = "111122223333"
	other = "444455556666"
)

// bench is a world with the services that these tests need.
type bench struct {
	*testing.T
	world    *world.World
	services map[string]interface{ Operations() []world.Operation }
	tokens   int
	broken   bool // on purpose
}

func newBench(t *testing.T) *bench {
	w := world.New(world.Options{})
	k := kms.New(w)
	b := &bench{T: t, world: w, services: map[string]interface{ Operations() []world.Operation }{
		"kms": k, "iam": iam.New(w), "secretsmanager": New(w, k),
	}}
	t.Cleanup(func() {
		if bad := w.Violations(); len(bad) != 0 && !b.broken {
			t.Errorf("the state is broken: %q", bad)
		}
	})
	return b
}

// who calls, and where.
type who struct {
	principal string
	region    keyid.Region
}

func root(account string) who { return who{"arn:aws:iam::" + account + ":root", "us-east-1"} }

// send validates and performs one call, as behind the wire. The operation is
// the one that the input's type belongs to.
func (b *bench) send(as who, in any) (any, error) {
	b.Helper()
	typ := reflect.TypeOf(in).Elem()
	service, name := path.Base(typ.PkgPath()), strings.TrimSuffix(typ.Name(), "Input")
	if err := wire.MustLoad(service).Validate(name, in); err != nil {
		return nil, err
	}
	p, err := keypolicy.ParsePrincipal(as.principal)
	if err != nil {
		b.Fatal(err)
	}
	c := &world.Call{Service: service, Operation: name, RequestID: b.world.RequestID(), Region: as.region, Caller: world.Caller{UserID: b.userID(as.principal), Principal: p}}
	for _, op := range b.services[service].Operations() {
		if op.Name == name {
			var answer any
			err := b.world.Perform(b.Context(), c, op, in, func(out any) error { answer = out; return nil })
			return answer, err
		}
	}
	b.Fatalf("no operation %s", name)
	return nil, nil
}

// userID gives the unique id of a user; a root user has none.
func (b *bench) userID(arn string) (id string) {
	b.world.Locked(func() { id, _ = b.services["iam"].(*iam.Service).Identity(arn) })
	return id
}

// must gives the answer to a call that has to succeed.
func must[O any](b *bench, as who, in any) *O {
	b.Helper()
	out, err := b.send(as, in)
	if err != nil {
		b.Fatalf("%T: %v", in, err)
	}
	return out.(*O)
}

// refused checks the answer to a call that has to fail: its code, and a part of
// its message.
func (b *bench) refused(as who, in any, code, message string) {
	b.Helper()
	out, err := b.send(as, in)
	if err == nil {
		b.Errorf("%T was answered %s; want %s", in, show(out), code)
		return
	}
	if e := world.Answer(err); e.Code != code || !strings.Contains(e.Message, message) {
		b.Errorf("%T was refused with %v; want %s: …%s…", in, e, code, message)
	}
}

func show(out any) string { return fmt.Sprintf("%+v", reflect.Indirect(reflect.ValueOf(out))) }

func (b *bench) token() *string {
	b.tokens++
	return new(fmt.Sprintf("00000000-0000-4000-8000-%012d", b.tokens))
}

// create makes a secret; an empty key is the AWS managed one.
func (b *bench) create(as who, name, text, key string) *createOut {
	b.Helper()
	in := &createIn{Name: &name, SecretString: &text, ClientRequestToken: b.token()}
	if key != "" {
		in.KmsKeyId = &key
	}
	return must[createOut](b, as, in)
}

func (b *bench) put(as who, id, text string, stages ...string) string {
	b.Helper()
	return *must[putOut](b, as, &putIn{SecretId: &id, SecretString: &text, ClientRequestToken: b.token(), VersionStages: stages}).VersionId
}

// key makes a KMS key, with KMS's default policy if none is given.
func (b *bench) key(as who, policy string) string {
	b.Helper()
	in := &awskms.CreateKeyInput{}
	if policy != "" {
		in.Policy, in.BypassPolicyLockoutSafetyCheck = &policy, true
	}
	return *must[awskms.CreateKeyOutput](b, as, in).KeyMetadata.Arn
}

// user makes a user with one policy.
func (b *bench) user(account, name, policy string) who {
	b.Helper()
	admin := root(account)
	must[awsiam.CreateUserOutput](b, admin, &awsiam.CreateUserInput{UserName: &name})
	must[awsiam.PutUserPolicyOutput](b, admin, &awsiam.PutUserPolicyInput{UserName: &name, PolicyName: new("p"), PolicyDocument: &policy})
	return who{"arn:aws:iam::" + account + ":user/" + name, "us-east-1"}
}

// allow is a policy of one statement; principal "" makes it an identity policy.
func allow(principal, actions, resource, condition string) string {
	text := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["` + strings.ReplaceAll(actions, " ", `","`) + `"],"Resource":"` + resource + `"`
	if principal != "" {
		text += `,"Principal":{"AWS":"` + principal + `"}`
	}
	if condition != "" {
		text += `,"Condition":` + condition
	}
	return text + `}]}`
}

func (b *bench) policy(as who, id, text string) {
	b.Helper()
	must[secretsmanager.PutResourcePolicyOutput](b, as, &secretsmanager.PutResourcePolicyInput{SecretId: &id, ResourcePolicy: &text})
}

// stages gives the labels of every version, deprecated ones too, by the last
// digits of its id.
func (b *bench) stages(as who, id string) string {
	b.Helper()
	out := must[secretsmanager.ListSecretVersionIdsOutput](b, as, &secretsmanager.ListSecretVersionIdsInput{SecretId: &id, IncludeDeprecated: new(true)})
	var all []string
	for _, v := range out.Versions {
		all = append(all, (*v.VersionId)[35:]+":"+strings.Join(v.VersionStages, ","))
	}
	return strings.Join(all, " ")
}
