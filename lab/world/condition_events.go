package world

// eventsConditions: Service Authorization Reference, "Amazon EventBridge". No
// rule or bus here is managed by a service, and there are no archives, endpoints
// and API destinations.
var eventsConditions = []string{
	"events:creatoraccount", "events:detail-type", "events:detail.eventtypecode", "events:detail.service",
	"events:detail.useridentity.principalid", "events:eventbusinvocation", "events:source", "events:targetarn",
	"events:eventbusarn", "events:managedby",
}
