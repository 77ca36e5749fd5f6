package rotate

import (
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/shared/keyid"
)

const (
	keyID  = keyid.ID("1234abcd-12ab-34cd-56ef-1234567890ab")
	region = keyid.Region("eu-west-1")
	far    = keyid.Region("us-east-1")
	self   = "arn:aws:iam::111122223333:role/rekey-rotate"
	open   = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}}`
)

var (
	now    = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	wanted = Wish{Every: 90}
	own    = keyid.ARN{Partition: "aws", Region: region, Account: "111122223333", ID: keyID}

	symmetric  = Kind{types.KeySpecSymmetricDefault, types.KeyUsageTypeEncryptDecrypt, types.OriginTypeAwsKms}
	external   = Kind{types.KeySpecSymmetricDefault, types.KeyUsageTypeEncryptDecrypt, types.OriginTypeExternal}
	cloudHSM   = Kind{types.KeySpecSymmetricDefault, types.KeyUsageTypeEncryptDecrypt, types.OriginTypeAwsCloudhsm}
	xks        = Kind{types.KeySpecSymmetricDefault, types.KeyUsageTypeEncryptDecrypt, types.OriginTypeExternalKeyStore}
	signing    = Kind{types.KeySpecEccNistP256, types.KeyUsageTypeSignVerify, types.OriginTypeAwsKms}
	hmac       = Kind{types.KeySpecHmac256, types.KeyUsageTypeGenerateVerifyMac, types.OriginTypeAwsKms}
	asymmetric = Kind{types.KeySpecRsa2048, types.KeyUsageTypeEncryptDecrypt, types.OriginTypeAwsKms}
	agreeing   = Kind{types.KeySpecEccNistP256, types.KeyUsageTypeKeyAgreement, types.OriginTypeAwsKms}
)

// aged is a key of a kind, so many days old, of which everything is known.
func aged(kind Kind, age int, change ...func(*Key)) Key {
	k := Key{
		ARN: own, Kind: kind, Manager: types.KeyManagerTypeCustomer, State: types.KeyStateEnabled, Created: now.Add(-time.Duration(age) * day), Description: "of tests",
		Tags: known(map[string]string{"app": "shop"}), Aliases: known([]keyid.Alias{"alias/a", "alias/b"}),
		Policy: known(open), Grants: known([]Grant{}), Waiting: known[*Sealed](nil), Job: known[*Job](nil),
		Canary: known(""), Lockout: known(false), Access: known([]Loss{}),
	}
	k.Rotation, k.Materials = known(Rotation{}), known([]Material{})
	if kind.rotates() != None {
		k.Materials = known([]Material{{ID: "first", State: types.KeyMaterialStateCurrent}})
	}
	for _, c := range change {
		c(&k)
	}
	return k
}

func tagged(name, value string) func(*Key) {
	return func(k *Key) {
		tags := map[string]string{name: value}
		for n, v := range k.Tags.Value {
			if n != name {
				tags[n] = v
			}
		}
		k.Tags = known(tags)
	}
}

func rotating(days int, next time.Time) func(*Key) {
	return func(k *Key) { k.Rotation = known(Rotation{Enabled: true, Days: days, Next: next}) }
}

func inState(s types.KeyState) func(*Key) { return func(k *Key) { k.State = s } }

// demanded gives the key so many rotations on demand, the last so many days ago.
func demanded(n, ago int) func(*Key) {
	return func(k *Key) {
		all := []Material{{ID: "first", State: types.KeyMaterialStateNonCurrent}}
		for i := range n {
			all = append(all, Material{ID: fmt.Sprint("m", i), State: types.KeyMaterialStateNonCurrent, How: types.RotationTypeOnDemand, Since: now.Add(-time.Duration(ago+n-1-i) * day)})
		}
		all[len(all)-1].State = types.KeyMaterialStateCurrent
		k.Materials = known(all)
	}
}

// imported is the kind with imported material.
func imported(k Kind) Kind {
	k.Origin = types.OriginTypeExternal
	return k
}

// lies says where material would be looked for.
func lies(k *Key) { k.Lies = "s3://b/to/" }

func ready(k *Key) { k.Waiting = known(&Sealed{Bucket: "b", Name: "n"}) }

// everywhere makes it a multi-Region primary key with a replica.
func everywhere(k *Key) {
	k.ARN.ID = "mrk-1234abcd12ab34cd56ef1234567890ab"
	k.Family = &Family{Primary: k.ARN, Replicas: []Replica{{
		ARN: k.ARN.In(far), State: types.KeyStateEnabled, Description: "there", Policy: known(open), Tags: known(map[string]string{"there": "1"}),
		Aliases: known([]keyid.Alias{"alias/a"}), Grants: known([]Grant{}), Materials: known([]Material{{ID: "first", State: types.KeyMaterialStateCurrent, Import: types.ImportStateImported}}),
	}}}
}

func pending(k *Key) {
	k.Materials.Value = append(k.Materials.Value, Material{ID: "next", State: types.KeyMaterialStatePendingMultiRegionImportAndRotation, Import: types.ImportStateImported, Description: "s3://b/n"})
}

func unread(action string) *Unread {
	return &Unread{Action: action, Resource: own.String(), Denied: true, Reason: action + " is denied"}
}

// ops are a plan's steps in short.
func ops(p Plan) string {
	var all []string
	for _, s := range p.Steps {
		name := string(s.Op)
		if s.Days > 0 {
			name += fmt.Sprint(":", s.Days)
		}
		if s.Region != region {
			name += "@" + string(s.Region)
		}
		if s.Alias != "" {
			name += " " + string(s.Alias)
		}
		all = append(all, name)
	}
	return strings.Join(all, ", ")
}

const (
	succeeded    = "createKey, canary, moveAlias alias/a, moveAlias alias/b, markOld"
	endowed      = "createKey, import, canary, moveAlias alias/a, moveAlias alias/b, markOld"
	endowedFar   = "createKey, import, replicate@us-east-1, import@us-east-1, canary, moveAlias@us-east-1 alias/a, moveAlias alias/a, moveAlias alias/b, markOld"
	succeededFar = "createKey, replicate@us-east-1, canary, moveAlias@us-east-1 alias/a, moveAlias alias/a, moveAlias alias/b, markOld"
)
