package crosstest

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kms"
)

// kmsServer answers three operations of KMS over HTTP. Keys exist when they are
// named, their material comes from the id alone (as that of related multi-Region
// keys), and the encryption context is additional data.
func kmsServer(t *testing.T) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			KeyId                     string
			NumberOfBytes             int
			Plaintext, CiphertextBlob []byte
			EncryptionContext         map[string]string
		}
		fail := func(code string) {
			w.WriteHeader(http.StatusBadRequest)
			json.NewEncoder(w).Encode(map[string]string{"__type": code})
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			fail("SerializationException")
			return
		}
		// The signature's scope says which Region the call was meant for.
		scope := strings.Split(r.Header.Get("Authorization"), "/")
		arn := strings.Split(in.KeyId, ":")
		if len(scope) < 3 || len(arn) != 6 || scope[2] != arn[3] {
			fail("NotFoundException")
			return
		}
		material := sha256.Sum256([]byte(arn[5]))
		block, _ := aes.NewCipher(material[:])
		aead, _ := cipher.NewGCM(block)
		context, _ := json.Marshal(in.EncryptionContext)
		if len(in.EncryptionContext) == 0 {
			context = nil
		}
		out := map[string]any{"KeyId": in.KeyId}
		nonce := make([]byte, 12)
		rand.Read(nonce)
		switch r.Header.Get("X-Amz-Target") {
		case "TrentService.GenerateDataKey":
			in.Plaintext = make([]byte, in.NumberOfBytes)
			rand.Read(in.Plaintext)
			out["Plaintext"], out["CiphertextBlob"] = in.Plaintext, aead.Seal(nonce, nonce, in.Plaintext, context)
		case "TrentService.Encrypt":
			out["CiphertextBlob"] = aead.Seal(nonce, nonce, in.Plaintext, context)
		case "TrentService.Decrypt":
			plain, err := aead.Open(nil, in.CiphertextBlob[:12], in.CiphertextBlob[12:], context)
			if err != nil {
				fail("InvalidCiphertextException")
				return
			}
			out["Plaintext"] = plain
		default:
			fail("UnknownOperationException")
			return
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		json.NewEncoder(w).Encode(out)
	}))
	t.Cleanup(server.Close)
	return server
}

func kmsClient(server *httptest.Server, region string) *kms.Client {
	return kms.New(kms.Options{
		Region: region, BaseEndpoint: aws.String(server.URL),
		Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "example", ""),
	})
}
