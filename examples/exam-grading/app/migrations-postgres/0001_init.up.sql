CREATE TABLE users (
  id            TEXT PRIMARY KEY,
  username      TEXT NOT NULL UNIQUE,
  password_hash TEXT NOT NULL,
  created_at    BIGINT NOT NULL
);

CREATE TABLE sessions (
  token_hash TEXT PRIMARY KEY,
  user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  csrf_token TEXT NOT NULL,
  expires_at BIGINT NOT NULL
);

CREATE TABLE exams (
  id      TEXT PRIMARY KEY,
  name    TEXT NOT NULL UNIQUE,
  held_on TEXT NOT NULL
);

-- A copy is GRADED when graded_at is set, LOCKED while a lock on it lives, READY otherwise.
CREATE TABLE copies (
  id           TEXT PRIMARY KEY,
  exam_id      TEXT NOT NULL REFERENCES exams (id) ON DELETE CASCADE,
  anonymous_id TEXT NOT NULL,
  graded_at    BIGINT,
  UNIQUE (exam_id, anonymous_id)
);

CREATE TABLE booklets (
  id       TEXT PRIMARY KEY,
  copy_id  TEXT NOT NULL REFERENCES copies (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  UNIQUE (copy_id, position)
);

CREATE TABLE pages (
  booklet_id TEXT NOT NULL REFERENCES booklets (id) ON DELETE CASCADE,
  position   INTEGER NOT NULL,
  image      BYTEA NOT NULL,
  PRIMARY KEY (booklet_id, position)
);

CREATE TABLE locks (
  copy_id    TEXT PRIMARY KEY REFERENCES copies (id) ON DELETE CASCADE,
  user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  token_hash TEXT NOT NULL,
  expires_at BIGINT NOT NULL
);

CREATE TABLE annotations (
  id         TEXT PRIMARY KEY,
  copy_id    TEXT NOT NULL REFERENCES copies (id) ON DELETE CASCADE,
  user_id    TEXT NOT NULL REFERENCES users (id),
  page_index INTEGER NOT NULL,
  x          DOUBLE PRECISION NOT NULL,
  y          DOUBLE PRECISION NOT NULL,
  w          DOUBLE PRECISION NOT NULL,
  h          DOUBLE PRECISION NOT NULL,
  type       TEXT NOT NULL,
  content    TEXT NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE INDEX annotations_of_copy ON annotations (copy_id, created_at);

CREATE TABLE final_pdfs (
  copy_id  TEXT PRIMARY KEY REFERENCES copies (id) ON DELETE CASCADE,
  pdf      BYTEA NOT NULL,
  drawn_at BIGINT NOT NULL
);
