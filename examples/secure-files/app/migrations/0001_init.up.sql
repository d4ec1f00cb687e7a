CREATE TABLE blobs (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  size INTEGER NOT NULL CHECK (size >= 0),
  sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
  -- Goes into the blob's own key; not secret.
  salt BLOB NOT NULL CHECK (length(salt) = 16),
  -- Made with the blob's own key over id, size and sha256, so that none of them can be changed here.
  seal BLOB NOT NULL CHECK (length(seal) = 32),
  uploaded_by TEXT NOT NULL,
  uploaded_at TEXT NOT NULL
) STRICT;
