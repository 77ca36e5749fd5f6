// Package pattern is the pattern language of EventBridge: it reads an event
// pattern and says whether an event matches it.
//
// The language is that of the EventBridge User Guide, "Comparison operators for
// use in event patterns". Where the guide is silent, the behaviour is that of
// github.com/aws/event-ruler, the library that AWS publishes as the one that
// EventBridge runs, and above it the recorded answers in localstack's
// tests/aws/services/events/test_events_patterns: their reasons, and the place
// of the mistake that they end with, are those of this package.
//
// An event is flattened into paths and values; arrays lose their order. A rule's
// pattern matches if for each of its paths one value matches, and all those
// values can be found in one and the same element of every array that has
// several of them (event-ruler, "Events and Arrays"). A path's last name may hold
// dots on both sides (recorded: dot_joining_event, dot_joining_pattern).
//
// Assumed: the complexity that makes a rule with wildcards too complex. What is
// measured is event-ruler's MachineComplexityEvaluator; between what was recorded
// as accepted (7) and as refused (10), the boundary is taken to be 10. Malformed
// JSON is refused in words of this package: AWS's are those of its parser.
//
// Of numbers, the guide's limits hold for operators that compare them: from
// -5.0e9 to 5.0e9; up to 15 digits, or six behind the point, are told apart.
package pattern
