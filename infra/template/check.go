package template

// Check gives everything that must not be deployed, by stack, resource and
// statement.
func (a *Assembly) Check() []Finding {
	out := &report{}
	all := a.policies()
	a.checkStatements(out, all)
	a.checkSinks(out, all)
	a.checkRules(out, all)
	a.checkFunctions(out)
	a.checkAlarms(out)
	a.checkEncryption(out, all)
	a.checkAgnostic(out)
	a.checkSecrets(out)
	return out.sorted()
}
