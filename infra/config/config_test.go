package config_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"rekey/infra/config"
)

func TestDefaults(t *testing.T) {
	c, err := config.Parse([]byte(`{}`), "")
	if err != nil {
		t.Fatal(err)
	}
	if c.Architecture != config.ARM64 || c.LogRetentionDays != config.DefaultLogRetentionDays || len(c.Environments) != 0 {
		t.Errorf("%+v", c)
	}
	if r := c.Rotate; r.Apply || r.Rotate != config.DefaultRotate || r.Every != config.DefaultEvery || r.Materials.Bucket() != "" {
		t.Errorf("keys are rotated though nobody asked for it: %+v", r)
	}
	if c, err := config.Parse([]byte(`{"architecture":"arm64"}`), "x86_64"); err != nil || c.Architecture != config.X86_64 {
		t.Errorf("-c arch does not win: %v, %v", c.Architecture, err)
	}
}

// What the tests deploy, and what a newcomer deploys, must be right.
func TestFilesOfTheRepository(t *testing.T) {
	for _, name := range []string{"../testdata/complete.json", "../testdata/environments.json"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := config.Parse(text, ""); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Everything that can be wrong is said with the name of its field.
func TestRefuses(t *testing.T) {
	for field, text := range map[string]string{
		"rekey:":                                   `[`,
		"architecture:":                            `{"architecture":"amd64"}`,
		"alarmEmail:":                              `{"alarmEmail":"Security <security@example.com>"}`,
		"logRetentionDays:":                        `{"logRetentionDays":31}`,
		"tracing:":                                 `{"tracing":"yes"}`,
		"decrypt.references:":                      `{"decrypt":{"references":"sm://x"}}`,
		"decrypt.keys:":                            `{"decrypt":{"keys":{}}}`,
		"deecrypt:":                                `{"deecrypt":{}}`,
		"refrences:":                               `{"decrypt":{"refrences":[]}}`,
		"environments[0].account:":                 `{"environments":[{"account":"1111","region":"eu-west-1"}]}`,
		"environments[0].region:":                  `{"environments":[{"account":"111122223333","region":"Frankfurt"}]}`,
		"environments[1]:":                         `{"environments":[{"account":"111122223333","region":"eu-west-1"},{"account":"111122223333","region":"eu-west-1"}]}`,
		"environments[0].region: eu-west-1 h":      `{"fips":true,"environments":[{"account":"111122223333","region":"eu-west-1"}]}`,
		"decrypt.references[0]: * is":              `{"decrypt":{"references":["*"]}}`,
		"decrypt.references[0]: sm://* is ev":      `{"decrypt":{"references":["sm://*"]}}`,
		"decrypt.references[0]: sm://*#key is":     `{"decrypt":{"references":["sm://*#key"]}}`,
		"decrypt.references[0]: ssm:///* is ev":    `{"decrypt":{"references":["ssm:///*"]}}`,
		"decrypt.references[0]: sm://arn:* is":     `{"decrypt":{"references":["sm://arn:*"]}}`,
		"decrypt.references[0]: sm://arn:aws:secr": `{"decrypt":{"references":["sm://arn:aws:secretsmanager:eu-west-1:*:secret:db-AbCdEf"]}}`,
		"decrypt.references[0]: ssm://arn:aws:ssm": `{"decrypt":{"references":["ssm://arn:aws:ssm:eu-west-1:444455556666:parameter/*"]}}`,
		"decrypt.references[1]: sm://arn:aws:secr": `{"decrypt":{"references":["sm://a","sm://arn:aws:secretsmanager:eu-west-1:444455556666:sec*"]}}`,
		"decrypt.users[1]: arn:aws:iam::1111":      `{"decrypt":{"administrators":["arn:aws:iam::111122223333:role/a"],"users":["arn:aws:iam::111122223333:role/b","arn:${AWS::Partition}:iam::111122223333:role/a"]}}`,
		"decrypt.roles[1].service: \"s3.ama":       `{"decrypt":{"roles":[{"name":"a","service":"lambda.amazonaws.com"},{"name":"b","service":"s3.amazonaws.com"}]}}`,
		"decrypt: the role's policy would have":    `{"decrypt":{"references":[` + many(200, `"sm://a/%d"`) + `]}}`,
		"decrypt: the key policy would have":       `{"decrypt":{"users":[` + many(800, `"arn:aws:iam::111122223333:role/%d"`) + `]}}`,
		"decrypt.references[0]: it is e":           `{"decrypt":{"references":[""]}}`,
		"decrypt.references[1]: \"s3://b/*\"":      `{"decrypt":{"references":["sm://a","s3://b/*"]}}`,
		"decrypt.references[0]: \"sm://a b\"":      `{"decrypt":{"references":["sm://a b"]}}`,
		"decrypt.references[0]: \"envelope+":       `{"decrypt":{"references":["envelope+s3://buck*"]}}`,
		"decrypt.references[1]: \"sm://a\" i":      `{"decrypt":{"references":["sm://a","sm://a"]}}`,
		"decrypt.references[0]: \"sm://${":         `{"decrypt":{"references":["sm://${AWS::StackName}/x"]}}`,
		"decrypt.keys[0]:":                         `{"decrypt":{"keys":["alias/x"]}}`,
		"decrypt.storageKeys[0]:":                  `{"decrypt":{"storageKeys":["arn:aws:kms:eu-west-1:111122223333:alias/x"]}}`,
		"decrypt.administrators[0]:":               `{"decrypt":{"administrators":["*"]}}`,
		"decrypt.users[0]:":                        `{"decrypt":{"users":["arn:aws:iam::111122223333:role/*"]}}`,
		"decrypt.users[1]:":                        `{"decrypt":{"users":["arn:aws:iam::111122223333:root","444455556666"]}}`,
		"decrypt.invokers[0]:":                     `{"decrypt":{"invokers":["*"]}}`,
		"decrypt.roles[0].name:":                   `{"decrypt":{"roles":[{"name":"a-b","service":"ec2.amazonaws.com"}]}}`,
		"decrypt.roles[0].service:":                `{"decrypt":{"roles":[{"name":"a","service":"ec2"}]}}`,
		"decrypt.roles[0].encryptionContext:":      `{"decrypt":{"roles":[{"name":"a","service":"ec2.amazonaws.com","encryptionContext":{"app":"*"}}]}}`,
		"decrypt.roles[1].name:":                   `{"decrypt":{"roles":[{"name":"a","service":"ec2.amazonaws.com"},{"name":"A","service":"ec2.amazonaws.com"}]}}`,
		"decrypt.reservedConcurrency:":             `{"decrypt":{"reservedConcurrency":-1}}`,
		"decrypt.maxItems:":                        `{"decrypt":{"maxItems":9999}}`,
		"decrypt: references and keys":             `{"decrypt":{"references":["sm://` + strings.Repeat("x", 4000) + `*"]}}`,
		"rotate.apply: the text":                   `{"rotate":{"apply":"yes"}}`,
		"rotate.rotate: \"always\" is none":        `{"rotate":{"rotate":"always"}}`,
		"rotate.every: \"3 months\" is not":        `{"rotate":{"every":"3 months"}}`,
		"rotate.evrey:":                            `{"rotate":{"evrey":"90d"}}`,
		"rotate.email:":                            `{"rotate":{"email":"keys"}}`,
		"rotate.topics[0]: \"owners\"":             `{"rotate":{"topics":["owners"]}}`,
		"rotate.topics[0]: \"arn:aws:sns:eu-":      `{"rotate":{"topics":["arn:aws:sns:eu-west-1:111122223333:owners.fifo"]}}`,
		"rotate.topics[1]: \"arn:aws:sns:eu-":      `{"rotate":{"topics":["arn:aws:sns:eu-west-1:111122223333:a","arn:aws:sns:eu-west-1:111122223333:a"]}}`,
		"rotate.topics[0]: \"arn:aws:sns:*":        `{"rotate":{"topics":["arn:aws:sns:*:111122223333:owners"]}}`,
		"rotate.topicKeys: no topic":               `{"rotate":{"topicKeys":["arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-4000-8000-00000000000a"]}}`,
		"rotate.topicKeys[0]:":                     `{"rotate":{"topics":["arn:aws:sns:eu-west-1:111122223333:a"],"topicKeys":["alias/x"]}}`,
		"rotate.materials.objects: \"s3://box\"":   `{"rotate":{"materials":{"objects":"s3://box","keys":[` + aKey + `]}}}`,
		"rotate.materials.objects: \"s3://box/*":   `{"rotate":{"materials":{"objects":"s3://box/*","keys":[` + aKey + `]}}}`,
		"rotate.materials.objects: \"s3://box/a/":  `{"rotate":{"materials":{"objects":"s3://box/a/","keys":[` + aKey + `]}}}`,
		"rotate.materials.objects: there are keys": `{"rotate":{"materials":{"storageKeys":[` + aKey + `]}}}`,
		"rotate.materials.keys: material is":       `{"rotate":{"materials":{"objects":"s3://box/next"}}}`,
		"rotate.materials.keys[0]:":                `{"rotate":{"materials":{"objects":"s3://box/next","keys":["alias/x"]}}}`,
		"rotate.materials.storageKeys[1]:":         `{"rotate":{"materials":{"objects":"s3://box/next","keys":[` + aKey + `],"storageKeys":[` + aKey + `,` + aKey + `]}}}`,
		"rotate.reservedConcurrency:":              `{"rotate":{"reservedConcurrency":901}}`,
		"rotate.quotaShare:":                       `{"rotate":{"quotaShare":101}}`,
		"rotate: the role's policy would have":     `{"rotate":{"topics":[` + many(100, `"arn:aws:sns:eu-west-1:111122223333:%d"`) + `]}}`,
	} {
		if _, err := config.Parse([]byte(text), ""); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: %v does not say %q", text, err, field)
		}
	}
}

// aKey is the ARN of one, in JSON.
const aKey = `"arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-4000-8000-00000000000a"`

// many is a list of n texts, each with its number.
func many(n int, text string) string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf(text, i))
	}
	return strings.Join(all, ",")
}

// What names something may have wildcards behind it.
func TestTakes(t *testing.T) {
	for _, pattern := range []string{
		"sm://a*", "sm://*/db", "ssm:///prod/*", "ssm://*/db", "sm://arn:aws:secretsmanager:eu-west-1:444455556666:secret:db*",
		"ssm://arn:${AWS::Partition}:ssm:${AWS::Region}:444455556666:parameter/db/*", "envelope+s3://box/*",
	} {
		if _, err := config.Parse([]byte(`{"decrypt":{"references":["`+pattern+`"]}}`), ""); err != nil {
			t.Errorf("%s: %v", pattern, err)
		}
	}
}

// Where material waits is a bucket and a prefix.
func TestMaterials(t *testing.T) {
	c, err := config.Parse([]byte(`{"rotate":{"materials":{"objects":"s3://box-${AWS::AccountId}/keys/next","keys":[`+aKey+`]}}}`), "")
	if m := c.Rotate.Materials; err != nil || m.Bucket() != "box-${AWS::AccountId}" || m.Prefix() != "keys/next" {
		t.Errorf("%q, %q, %v", m.Bucket(), m.Prefix(), err)
	}
}

// All that is wrong is said at once.
func TestSaysEverything(t *testing.T) {
	_, err := config.Parse([]byte(`{"architecture":"mips","decrypt":{"users":["x"],"maxItems":-1}}`), "")
	for _, field := range []string{"architecture:", "decrypt.users[0]:", "decrypt.maxItems:"} {
		if err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%v does not say %s", err, field)
		}
	}
}
