CREATE INDEX blobs_newest_first ON blobs (uploaded_at DESC, id);
