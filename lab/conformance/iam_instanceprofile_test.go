package conformance

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"rekey/shared/keypolicy"
)

const profilePage = "IAM User Guide, Using instance profiles"

// profile makes an instance profile.
func (c *caller) profile(configure ...func(*iam.CreateInstanceProfileInput)) *types.InstanceProfile {
	c.x.Helper()
	in := &iam.CreateInstanceProfileInput{InstanceProfileName: new(c.x.name("profile"))}
	for _, f := range configure {
		f(in)
	}
	made := succeed(c.x, c.IAM.CreateInstanceProfile, in).InstanceProfile
	cleanup(c.x, c.IAM.DeleteInstanceProfile, &iam.DeleteInstanceProfileInput{InstanceProfileName: in.InstanceProfileName})
	return made
}

func placing(role string, p *types.InstanceProfile) *iam.AddRoleToInstanceProfileInput {
	return &iam.AddRoleToInstanceProfileInput{InstanceProfileName: p.InstanceProfileName, RoleName: nameOf(role)}
}

// place puts a role into a profile.
func (c *caller) place(role string, p *types.InstanceProfile) {
	c.x.Helper()
	succeed(c.x, c.IAM.AddRoleToInstanceProfile, placing(role, p))
	cleanup(c.x, c.IAM.RemoveRoleFromInstanceProfile, removing(role, p))
}

func removing(role string, p *types.InstanceProfile) *iam.RemoveRoleFromInstanceProfileInput {
	return &iam.RemoveRoleFromInstanceProfileInput{InstanceProfileName: p.InstanceProfileName, RoleName: nameOf(role)}
}

// seen is what GetInstanceProfile tells.
func (c *caller) seen(p *types.InstanceProfile) *types.InstanceProfile {
	c.x.Helper()
	return succeed(c.x, c.IAM.GetInstanceProfile, &iam.GetInstanceProfileInput{InstanceProfileName: p.InstanceProfileName}).InstanceProfile
}

// profilesOf lists the names of the profiles of a role.
func (c *caller) profilesOf(role string) string {
	c.x.Helper()
	var names []string
	for _, p := range succeed(c.x, c.IAM.ListInstanceProfilesForRole, &iam.ListInstanceProfilesForRoleInput{RoleName: nameOf(role)}).InstanceProfiles {
		names = append(names, text(p.InstanceProfileName))
	}
	return strings.Join(names, " ")
}

func iamTag(key, value string) []types.Tag { return []types.Tag{{Key: &key, Value: &value}} }

var iamInstanceProfiles = []claim{
	{
		says:   "an instance profile has an ARN with its path, an id of its own kind, and no role at first",
		source: "IAM API Reference, CreateInstanceProfile and InstanceProfile; IAM User Guide, IAM identifiers",
		check: func(x *bench) {
			made := x.Own.profile(func(in *iam.CreateInstanceProfileInput) { in.Path, in.Tags = new("/a/b/"), iamTag("team", "blue") })
			for _, p := range []*types.InstanceProfile{made, x.Own.seen(made)} {
				equal(x, "the ARN", text(p.Arn), "arn:aws:iam::"+x.Own.account+":instance-profile/a/b/"+text(made.InstanceProfileName))
				equal(x, "the path", text(p.Path), "/a/b/")
				equal(x, "the kind of id", text(p.InstanceProfileId)[:4], "AIPA")
				equal(x, "the length of the id", len(text(p.InstanceProfileId)), 21)
				equal(x, "the number of roles", len(p.Roles), 0)
				equal(x, "the tag", text(p.Tags[0].Value), "blue")
				equal(x, "CreateDate is there", p.CreateDate != nil, true)
			}
			equal(x, "the id", text(x.Own.seen(made).InstanceProfileId), text(made.InstanceProfileId))
		},
	},
	{
		says:   "an instance profile has the name of no other, whatever its case",
		source: "IAM User Guide, IAM and AWS STS quotas: names of instance profiles are not distinguished by case; reported: the message, in hashicorp/terraform-provider-aws#8041 and ine-labs/AWSGoat#49",
		check: func(x *bench) {
			name := text(x.Own.profile().InstanceProfileName)
			refused(x, x.Own.IAM.CreateInstanceProfile, &iam.CreateInstanceProfileInput{InstanceProfileName: &name}, "EntityAlreadyExists").
				saying("Instance Profile " + name + " already exists.")
			refused(x, x.Own.IAM.CreateInstanceProfile, &iam.CreateInstanceProfileInput{InstanceProfileName: new(strings.ToUpper(name))}, "EntityAlreadyExists")
		},
	},
	{
		says:   "an instance profile that does not exist cannot be found",
		source: "IAM API Reference, GetInstanceProfile, NoSuchEntity; reported: the message, in skyplane-project/skyplane#724",
		check: func(x *bench) {
			name := x.name("profile")
			message := "Instance Profile " + name + " cannot be found."
			refused(x, x.Own.IAM.GetInstanceProfile, &iam.GetInstanceProfileInput{InstanceProfileName: &name}, "NoSuchEntity").saying(message)
			refused(x, x.Own.IAM.DeleteInstanceProfile, &iam.DeleteInstanceProfileInput{InstanceProfileName: &name}, "NoSuchEntity").saying(message)
			refused(x, x.Own.IAM.TagInstanceProfile, &iam.TagInstanceProfileInput{InstanceProfileName: &name, Tags: iamTag("a", "1")}, "NoSuchEntity")
			role := x.Own.role("")
			refused(x, x.Own.IAM.AddRoleToInstanceProfile, &iam.AddRoleToInstanceProfileInput{InstanceProfileName: &name, RoleName: nameOf(role)}, "NoSuchEntity").saying(message)
		},
	},
	{
		says:   "a profile takes one role, and a role is in any number of profiles",
		source: profilePage + "; reported: the message, in getmoto/moto#6404, and that the same role again is refused alike, in coreos/mantle#1058",
		check: func(x *bench) {
			one, two := x.Own.profile(), x.Own.profile()
			role, other := x.Own.role(""), x.Own.role("")
			x.Own.place(role, one)
			x.Own.place(role, two)
			const message = "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1"
			refused(x, x.Own.IAM.AddRoleToInstanceProfile, placing(other, one), "LimitExceeded").saying(message)
			refused(x, x.Own.IAM.AddRoleToInstanceProfile, placing(role, one), "LimitExceeded").saying(message)
			in := x.Own.seen(one).Roles
			equal(x, "the number of roles", len(in), 1)
			equal(x, "the role", text(in[0].Arn), role)
			equal(x, "the kind of its id", text(in[0].RoleId)[:4], "AROA")
			equal(x, "the role's trust policy is there", text(in[0].AssumeRolePolicyDocument) != "", true)
			both := x.Own.profilesOf(role)
			if !strings.Contains(both, text(one.InstanceProfileName)) || !strings.Contains(both, text(two.InstanceProfileName)) {
				x.Errorf("the profiles of the role are %s", both)
			}
			equal(x, "the profiles of the other role", x.Own.profilesOf(other), "")
		},
	},
	{
		says:   "a role is taken out of its profile, which then takes another",
		source: profilePage + "; IAM API Reference, RemoveRoleFromInstanceProfile; assumption: how a role is refused that is not in it",
		check: func(x *bench) {
			p, role, other := x.Own.profile(), x.Own.role(""), x.Own.role("")
			x.Own.place(role, p)
			refused(x, x.Own.IAM.RemoveRoleFromInstanceProfile, removing(other, p), "NoSuchEntity")
			equal(x, "the number of roles", len(x.Own.seen(p).Roles), 1)
			succeed(x, x.Own.IAM.RemoveRoleFromInstanceProfile, removing(role, p))
			refused(x, x.Own.IAM.RemoveRoleFromInstanceProfile, removing(role, p), "NoSuchEntity")
			equal(x, "the number of roles", len(x.Own.seen(p).Roles), 0)
			succeed(x, x.Own.IAM.AddRoleToInstanceProfile, placing(other, p))
			equal(x, "the role", text(x.Own.seen(p).Roles[0].Arn), other)
			succeed(x, x.Own.IAM.RemoveRoleFromInstanceProfile, removing(other, p))
		},
	},
	{
		says:   "neither a role in a profile can be deleted, nor a profile with a role",
		source: "IAM API Reference, DeleteRole and DeleteInstanceProfile, DeleteConflict; reported: the message, in 99designs/iamy#68 and 99designs/iamy#47",
		check: func(x *bench) {
			p := x.Own.profile()
			name := x.name("role")
			trust := document(allow("", x.Own.root(), "sts:AssumeRole"))
			succeed(x, x.Own.IAM.CreateRole, &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: &trust})
			succeed(x, x.Own.IAM.AddRoleToInstanceProfile, placing("/"+name, p))
			const message = "Cannot delete entity, must remove roles from instance profile first."
			refused(x, x.Own.IAM.DeleteRole, &iam.DeleteRoleInput{RoleName: &name}, "DeleteConflict").saying(message)
			refused(x, x.Own.IAM.DeleteInstanceProfile, &iam.DeleteInstanceProfileInput{InstanceProfileName: p.InstanceProfileName}, "DeleteConflict").saying(message)
			succeed(x, x.Own.IAM.RemoveRoleFromInstanceProfile, removing("/"+name, p))
			succeed(x, x.Own.IAM.DeleteRole, &iam.DeleteRoleInput{RoleName: &name})
		},
	},
	{
		says:   "a deleted profile is gone, and a new one of its name is another one",
		source: "IAM User Guide, IAM identifiers, Unique identifiers",
		check: func(x *bench) {
			p := x.Own.profile()
			again := func(in *iam.CreateInstanceProfileInput) { in.InstanceProfileName = p.InstanceProfileName }
			succeed(x, x.Own.IAM.DeleteInstanceProfile, &iam.DeleteInstanceProfileInput{InstanceProfileName: p.InstanceProfileName})
			refused(x, x.Own.IAM.GetInstanceProfile, &iam.GetInstanceProfileInput{InstanceProfileName: p.InstanceProfileName}, "NoSuchEntity")
			if text(x.Own.profile(again).InstanceProfileId) == text(p.InstanceProfileId) {
				x.Error("it is the same one")
			}
			if x.lab == nil {
				return
			}
			refused(x, x.Own.IAM.CreateInstanceProfile, &iam.CreateInstanceProfileInput{InstanceProfileName: p.InstanceProfileName}, "EntityAlreadyExists")
		},
	},
	{
		says:   "who puts a role into a profile needs iam:PassRole on the role, to EC2",
		source: "IAM API Reference, AddRoleToInstanceProfile; assumption: iam:PassedToService, and that the role is looked for first",
		check: func(x *bench) {
			p, role := x.Own.profile(), x.Own.role("")
			add := may("iam:AddRoleToInstanceProfile", text(p.Arn))
			s := x.Own.session(document(add))
			refused(x, s.IAM.AddRoleToInstanceProfile, placing(role, p), "AccessDenied").
				mentioning("is not authorized to perform: iam:PassRole on resource: " + role)
			refused(x, x.Own.session(document(add, may("iam:PassRole", role, when("StringEquals", "iam:PassedToService", "lambda.amazonaws.com")))).IAM.AddRoleToInstanceProfile, placing(role, p), "AccessDenied")
			x.decided("iam:PassRole", keypolicy.ImplicitlyDenied, "")
			refused(x, x.Own.session(document(may("iam:PassRole", role))).IAM.AddRoleToInstanceProfile, placing(role, p), "AccessDenied").
				mentioning("is not authorized to perform: iam:AddRoleToInstanceProfile on resource: instance profile " + text(p.InstanceProfileName))
			able := x.Own.session(document(add, may("iam:PassRole", role,
				when("StringEquals", "iam:PassedToService", "ec2.amazonaws.com"))))
			succeed(x, able.IAM.AddRoleToInstanceProfile, placing(role, p))
			succeed(x, x.Own.IAM.RemoveRoleFromInstanceProfile, removing(role, p))
			instances := x.Own.session(document(add, may("iam:PassRole", role,
				when("StringEquals", "iam:AssociatedResourceArn", "arn:aws:ec2:*:"+x.Own.account+":instance/*"))))
			succeed(x, instances.IAM.AddRoleToInstanceProfile, placing(role, p))
			succeed(x, x.Own.IAM.RemoveRoleFromInstanceProfile, removing(role, p))
		},
	},
	{
		says:   "a refusal names an instance profile by kind and name, as the policies do by its ARN with its path",
		source: "Service Authorization Reference, AWS Identity and Access Management, instance-profile; reported: the message, in skypilot-org/skypilot#3366",
		check: func(x *bench) {
			p := x.Own.profile(func(in *iam.CreateInstanceProfileInput) { in.Path = new("/a/") })
			get := &iam.GetInstanceProfileInput{InstanceProfileName: p.InstanceProfileName}
			s := x.Own.session(document(may("iam:GetInstanceProfile", "arn:aws:iam::"+x.Own.account+":instance-profile/b/*")))
			refused(x, s.IAM.GetInstanceProfile, get, "AccessDenied").mentioning("is not authorized to perform: iam:GetInstanceProfile on resource: instance profile " +
				text(p.InstanceProfileName) + " because no identity-based policy allows the iam:GetInstanceProfile action")
			succeed(x, x.Own.session(document(may("iam:GetInstanceProfile", "arn:aws:iam::"+x.Own.account+":instance-profile/a/*"))).IAM.GetInstanceProfile, get)
		},
	},
	{
		says:   "instance profiles are listed under a path, in pages, without their tags",
		source: "IAM API Reference, ListInstanceProfiles",
		check: func(x *bench) {
			path := "/" + x.name("path") + "/"
			under := func(in *iam.CreateInstanceProfileInput) { in.Path, in.Tags = &path, iamTag("a", "1") }
			x.Own.profile(under)
			x.Own.profile(under)
			x.Own.profile()
			in := &iam.ListInstanceProfilesInput{PathPrefix: &path}
			all := succeed(x, x.Own.IAM.ListInstanceProfiles, in).InstanceProfiles
			equal(x, "the number under the path", len(all), 2)
			equal(x, "the number of tags", len(all[0].Tags), 0)
			in.MaxItems = new(int32(1))
			first := succeed(x, x.Own.IAM.ListInstanceProfiles, in)
			equal(x, "IsTruncated", first.IsTruncated, true)
			in.Marker = first.Marker
			second := succeed(x, x.Own.IAM.ListInstanceProfiles, in)
			equal(x, "IsTruncated", second.IsTruncated, false)
			equal(x, "the second", text(second.InstanceProfiles[0].InstanceProfileName), text(all[1].InstanceProfileName))
		},
	},
	{
		says:   "an instance profile is tagged and untagged, and a tag that it has not is taken without a word",
		source: "asserted: iam test_instance_profile_tags",
		check: func(x *bench) {
			p := x.Own.profile()
			tagged := func() string {
				var all []string
				for _, t := range succeed(x, x.Own.IAM.ListInstanceProfileTags, &iam.ListInstanceProfileTagsInput{InstanceProfileName: p.InstanceProfileName}).Tags {
					all = append(all, text(t.Key)+"="+text(t.Value))
				}
				return strings.Join(all, " ")
			}
			equal(x, "the tags", tagged(), "")
			for _, value := range []string{"1", "2"} {
				succeed(x, x.Own.IAM.TagInstanceProfile, &iam.TagInstanceProfileInput{InstanceProfileName: p.InstanceProfileName, Tags: append(iamTag("a", value), iamTag("b", "3")...)})
				equal(x, "the tags", tagged(), "a="+value+" b=3")
			}
			for range 2 {
				succeed(x, x.Own.IAM.UntagInstanceProfile, &iam.UntagInstanceProfileInput{InstanceProfileName: p.InstanceProfileName, TagKeys: []string{"a", "none"}})
				equal(x, "the tags", tagged(), "b=3")
			}
			s := x.Own.session(document(may("iam:DeleteInstanceProfile", "*", when("StringEquals", "aws:ResourceTag/b", "3"))))
			plain := x.Own.profile()
			refused(x, s.IAM.DeleteInstanceProfile, &iam.DeleteInstanceProfileInput{InstanceProfileName: plain.InstanceProfileName}, "AccessDenied")
			x.decided("iam:DeleteInstanceProfile", keypolicy.ImplicitlyDenied, "")
		},
	},
	{
		says:   "tags of a new instance profile need iam:CreateInstanceProfile to allow them",
		source: "Service Authorization Reference, AWS Identity and Access Management, CreateInstanceProfile, condition keys",
		check: func(x *bench) {
			s := x.Own.session(document(may("iam:CreateInstanceProfile", "*", when("StringEquals", "aws:RequestTag/team", "blue"))))
			name := x.name("profile")
			refused(x, s.IAM.CreateInstanceProfile, &iam.CreateInstanceProfileInput{InstanceProfileName: &name}, "AccessDenied")
			refused(x, s.IAM.CreateInstanceProfile, &iam.CreateInstanceProfileInput{InstanceProfileName: &name, Tags: iamTag("team", "red")}, "AccessDenied")
			succeed(x, s.IAM.CreateInstanceProfile, &iam.CreateInstanceProfileInput{InstanceProfileName: &name, Tags: iamTag("team", "blue")})
			cleanup(x, x.Own.IAM.DeleteInstanceProfile, &iam.DeleteInstanceProfileInput{InstanceProfileName: &name})
		},
	},
}
