package keyid

// MarshalText gives the ARN as AWS writes it, and the zero ARN as nothing, so that
// records and answers in JSON have it as people read it.
func (a ARN) MarshalText() ([]byte, error) {
	if a == (ARN{}) {
		return nil, nil
	}
	return []byte(a.String()), nil
}

// UnmarshalText reads what MarshalText gives.
func (a *ARN) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*a = ARN{}
		return nil
	}
	read, err := ParseARN(string(text))
	if err != nil {
		return err
	}
	*a = read
	return nil
}
