package rotate_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rekey/functions/rotate"
)

// Keys of every kind, for two years under the policy of 90 days, with nothing but the
// schedule to wake the function in each of two Regions.
func TestTwoYears(t *testing.T) {
	t.Parallel()
	y := newYears(t)
	symmetric := kms.CreateKeyInput{}
	hmac := kms.CreateKeyInput{KeySpec: types.KeySpecHmac256, KeyUsage: types.KeyUsageTypeGenerateVerifyMac}
	signing := kms.CreateKeyInput{KeySpec: types.KeySpecEccNistP256, KeyUsage: types.KeyUsageTypeSignVerify}
	pair := func(spec types.KeySpec, usage types.KeyUsageType) kms.CreateKeyInput {
		return kms.CreateKeyInput{KeySpec: spec, KeyUsage: usage}
	}
	yearly := y.add(subject{name: "symmetric, yearly before", want: "automatic current 9 0", within: 200}, symmetric)
	y.must(y.kms.EnableKeyRotation(t.Context(), &kms.EnableKeyRotationInput{KeyId: yearly.id()}))
	y.pass(200 * day)

	y.add(subject{name: "symmetric", want: "automatic current 8 0"}, symmetric)
	monthly := y.add(subject{name: "symmetric, every 30 days", want: "on-demand current 24 0", within: 32}, symmetric, rotate.TagEvery, "30d")
	often := y.add(subject{name: "symmetric, every 2 weeks", want: "successor current 25 4"}, symmetric, rotate.TagEvery, "2w")
	y.add(subject{name: "symmetric, by successors", want: "successor current 0 8"}, symmetric, rotate.TagRotate, "successor")
	y.add(subject{name: "multi-Region", want: "automatic current 8 0", replica: virginia}, symmetric)
	y.add(subject{name: "RSA, encryption", want: "successor current 0 8"}, pair(types.KeySpecRsa2048, types.KeyUsageTypeEncryptDecrypt))
	y.add(subject{name: "RSA, signatures", want: "successor current 0 8"}, pair(types.KeySpecRsa2048, types.KeyUsageTypeSignVerify))
	y.add(subject{name: "ECC, signatures", want: "successor current 0 8"}, signing)
	y.add(subject{name: "ECC, key agreement", want: "successor current 0 8"}, pair(types.KeySpecEccNistP256, types.KeyUsageTypeKeyAgreement))
	y.add(subject{name: "ML-DSA, signatures", want: "successor current 0 8"}, pair(types.KeySpecMlDsa44, types.KeyUsageTypeSignVerify))
	y.add(subject{name: "HMAC", want: "successor current 0 8"}, hmac)
	y.add(subject{name: "multi-Region HMAC", want: "successor current 0 8", replica: virginia}, hmac)
	y.add(subject{name: "multi-Region ECC", want: "successor current 0 8", replica: virginia}, signing)
	moving := y.add(subject{name: "multi-Region HMAC, its primary moves", want: "successor current 0 8", replica: virginia}, hmac)
	y.add(subject{name: "CloudHSM key store", want: "successor current 0 8"}, y.inCluster())
	inProxy := y.inProxy()
	blocked := y.add(subject{name: "external key store", want: "successor blocked 0 0", within: ever, why: "make one, and put its id into the tag rekey:next-external-key"}, inProxy)
	inProxy.XksKeyId = aws.String("quarter-0")
	proxy := y.add(subject{name: "external key store, a key made each quarter", want: "successor current 0 8"}, inProxy)
	nameless := y.add(subject{name: "no alias", want: "successor blocked 0 0", within: ever, nameless: true, why: "no alias points at it"}, hmac)
	y.add(subject{name: "off", want: "- off 0 0", within: ever, why: "rotation is off"}, symmetric, rotate.TagRotate, "off")
	disabled := y.add(subject{name: "disabled", want: "- report 0 0", within: ever, why: "it is disabled: nothing new is encrypted under it"}, symmetric)
	y.must(y.kms.DisableKey(t.Context(), &kms.DisableKeyInput{KeyId: disabled.id()}))
	disabled.away = true
	y.add(subject{name: "replica of a primary key elsewhere", want: "- report 8 0", home: virginia, replica: irish, seen: irish, why: "it is rotated with its primary key, arn:aws:kms:us-east-1:"}, symmetric)
	y.addManaged(subject{name: "AWS managed", want: "- report 2 0", why: "AWS rotates it every year"}, "alias/aws/s3")

	y.live(func(today int) {
		if today%90 >= 80 { // before it is due
			newest, line := proxy.first, y.line(proxy)
			newest.ID = line[len(line)-1]
			y.tag(newest, rotate.TagExternalKey, fmt.Sprintf("quarter-%d", len(line)))
		}
		if today >= 400 && moving.home == irish {
			y.movePrimary(moving)
		}
		// Who is told that no rotation on demand is left does what is proposed, once.
		if len(y.lines[often.first.ID][rotate.IsBlocked]) > 0 && y.tags(irish, often.first.ID)[rotate.TagRotate] == "" {
			y.tag(often.first, rotate.TagRotate, "successor")
			y.tag(often.first, rotate.TagEvery, "90d")
		}
	})

	y.heard(often, rotate.IsWarned, "every 14 days is more often than AWS KMS rotates by itself: 25 rotations", "1 of 25 rotations on demand of the key's life are left")
	y.heard(often, rotate.IsBlocked, "all 25 rotations on demand of the key's life are spent: set the tag rekey:rotate to successor")
	y.heard(monthly, rotate.IsWarned, "5 of 25 rotations on demand", "2 of 25 rotations on demand")
	y.heard(blocked, rotate.IsBlocked, "its successor takes another key in the external key manager")
	y.heard(nameless, rotate.IsBlocked, "no alias points at it")
	y.table()
	y.must(y.kms.EnableKey(t.Context(), &kms.EnableKeyInput{KeyId: disabled.id()}))
	y.end()
}

// Keys with imported material: what comes next lies ready, comes late, or expires.
func TestTwoYearsOfImports(t *testing.T) {
	t.Parallel()
	y := newYears(t)
	single := y.add(subject{name: "imported", want: "import current 7 0", within: 103}, kms.CreateKeyInput{Origin: types.OriginTypeExternal})
	family := y.add(subject{name: "multi-Region, imported", want: "import current 8 0", replica: virginia}, kms.CreateKeyInput{Origin: types.OriginTypeExternal})

	missing := 0
	y.live(func(today int) {
		quarter := (today + 5) / 90 // material lies ready five days before it is due
		y.ready(family, quarter, time.Time{})
		switch {
		case quarter == 3 && today < 280: // it comes late
		case quarter == 2:
			y.ready(single, quarter, y.lab.World.Now().Add(200*day))
		default:
			y.ready(single, quarter, time.Time{})
		}
		if y.state(single) == types.KeyStatePendingImport { // that of the second quarter expired
			missing++
			y.misses(single, 2)
			if missing == 3 {
				y.bring(single, irish, 2)
				single.away = false
			}
		}
	})

	if missing != 3 {
		t.Errorf("the material that expires was missed for %d days", missing)
	}
	y.heard(single, rotate.IsBlocked, "it is due, and no new key material lies ready")
	y.heard(single, rotate.IsWarned, "import it again before, or what is under it cannot be decrypted")
	y.heard(single, rotate.IsBlocked, "nothing is encrypted or decrypted under it until that is imported")
	if told := y.lines[family.first.ID]; len(told[rotate.IsBlocked])+len(told[rotate.IsWarned]) > 0 {
		t.Errorf("%s: %v", family.name, told)
	}
	y.table()
	y.end()
}
