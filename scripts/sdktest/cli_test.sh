# The lab through the AWS CLI. Run by scripts/sdk-test.
set -euo pipefail
export AWS_ACCESS_KEY_ID=111122223333 AWS_SECRET_ACCESS_KEY=test
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
refused() { # refused CODE COMMAND...: the command must fail with the code
	local code=$1 said
	shift
	if said=$("$@" 2>&1); then
		echo "not refused with $code: $*" >&2
		exit 1
	fi
	case $said in
	*"($code)"*) passed=$((passed + 1)) ;;
	*) echo "wanted $code of: $*; got: $said" >&2 && exit 1 ;;
	esac
}
account() { # account ID COMMAND...: as that account's root user
	AWS_ACCESS_KEY_ID=$1 "${@:2}"
}

key=$(aws kms create-key --description cli --query KeyMetadata.Arn --output text)
aws kms create-alias --alias-name alias/cli --target-key-id "$key"
printf hello >"$work/plain"
aws kms encrypt --key-id alias/cli --plaintext "fileb://$work/plain" --encryption-context app=shop --query CiphertextBlob --output text | base64 -d >"$work/sealed"
opened=$(aws kms decrypt --key-id alias/cli --ciphertext-blob "fileb://$work/sealed" --encryption-context app=shop --query Plaintext --output text | base64 -d)
[ "$opened" = hello ]
refused InvalidCiphertextException aws kms decrypt --key-id alias/cli --ciphertext-blob "fileb://$work/sealed" --encryption-context app=bank
refused AccessDeniedException account 444455556666 aws kms decrypt --key-id "$key" --ciphertext-blob "fileb://$work/sealed" --encryption-context app=shop
aws kms disable-key --key-id "$key"
refused DisabledException aws kms decrypt --key-id alias/cli --ciphertext-blob "fileb://$work/sealed" --encryption-context app=shop
aws kms enable-key --key-id "$key"

theirs=$(account 444455556666 aws kms create-key --query KeyMetadata.Arn --output text)
aws iam create-user --user-name cli >/dev/null
read -r id secret < <(aws iam create-access-key --user-name cli --query '[AccessKey.AccessKeyId,AccessKey.SecretAccessKey]' --output text)
user() { AWS_ACCESS_KEY_ID=$id AWS_SECRET_ACCESS_KEY=$secret "$@"; }
refused AccessDeniedException user aws kms encrypt --key-id "$theirs" --plaintext "fileb://$work/plain"
aws iam put-user-policy --user-name cli --policy-name p --policy-document '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:Encrypt","Resource":"*"}]}'
refused AccessDeniedException user aws kms encrypt --key-id "$theirs" --plaintext "fileb://$work/plain"
account 444455556666 aws kms put-key-policy --key-id "$theirs" --policy-name default --policy '{"Version":"2012-10-17","Statement":[
 {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":"kms:*","Resource":"*"},
 {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/cli"},"Action":"kms:Encrypt","Resource":"*"}]}'
user aws kms encrypt --key-id "$theirs" --plaintext "fileb://$work/plain" --query CiphertextBlob --output text >"$work/theirs"
[ -s "$work/theirs" ]
passed=$((passed + 3)) # the three that succeeded
echo "aws-cli: $passed passed, 0 failed"
