package cloudformation

import "maps"

// tag is the form that most types have.
type tag struct{ Key, Value string }

// tags gives a resource's own tags and those of its stack. Its own go before the
// stack's (CloudFormation Template Reference Guide, "Resource tag"). It is nil
// where there are none.
func (c *creation) tags(own []tag) map[string]string {
	if len(own)+len(c.stackTags) == 0 {
		return nil
	}
	all := map[string]string{}
	maps.Copy(all, c.stackTags)
	for _, t := range own {
		all[t.Key] = t.Value
	}
	return all
}

// tagList gives tags in the form of a service's own API, by key.
func tagList[T any](tags map[string]string, form func(key, value string) T) []T {
	var out []T
	for _, k := range sortedKeys(tags) {
		out = append(out, form(k, tags[k]))
	}
	return out
}
