DROP INDEX blobs_newest_first;
