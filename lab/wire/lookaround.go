package wire

// lookaround says in Go's regular expressions, by the model's own, what Go's
// cannot: that something does not follow, or did not come before. All must match
// a whole value.
var lookaround = map[string]string{
	// Not blank.
	`^(?!\s*$).+`: `.*\S.*`,
	// Not with a dot at its end.
	`[0-9A-Za-z\.\-_]*(?<!\.)`: `(?:[0-9A-Za-z.\-_]*[0-9A-Za-z\-_])?`,
	// Not with "system." at its beginning.
	`(^(?!(system\x2e)))(^[_a-zA-Z0-9])([^$]*)`: `[_a-rt-zA-Z0-9][^$]*|s(?:[^y$][^$]*)?|sy(?:[^s$][^$]*)?|sys(?:[^t$][^$]*)?` +
		`|syst(?:[^e$][^$]*)?|syste(?:[^m$][^$]*)?|system(?:[^.$][^$]*)?`,
	// Not with "aws." at its beginning, or a path of JSON.
	`(?=[/\.\-_A-Za-z0-9]+)((?!aws\.).*)|(\$(\.[\w_-]+(\[(\d+|\*)\])*)*)`: `[/.\-_A-Zb-z0-9].*|a(?:[^w].*)?|aw(?:[^s].*)?|aws(?:[^.].*)?` +
		`|(\$(\.[\w_-]+(\[(\d+|\*)\])*)*)`,
}
