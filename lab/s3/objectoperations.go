package s3

import "rekey/lab/world"

// objectOperations are those on objects and their versions.
func (s *Service) objectOperations() []world.Operation {
	return []world.Operation{
		world.Op("CopyObject", s.copyObject),
		world.Op("DeleteObject", s.deleteObject),
		world.Op("DeleteObjectTagging", s.deleteObjectTagging),
		world.Op("DeleteObjects", s.deleteObjects),
		world.Op("GetObject", s.getObject),
		world.Op("GetObjectAcl", s.getObjectACL),
		world.Op("GetObjectAttributes", s.getObjectAttributes),
		world.Op("GetObjectTagging", s.getObjectTagging),
		world.Op("HeadObject", s.headObject),
		world.Op("ListObjectVersions", s.listObjectVersions),
		world.Op("ListObjects", s.listObjects),
		world.Op("ListObjectsV2", s.listObjectsV2),
		world.Op("PutObject", s.putObject),
		world.Op("PutObjectAcl", s.putObjectACL),
		world.Op("PutObjectTagging", s.putObjectTagging),
	}
}
