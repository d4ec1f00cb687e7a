CREATE INDEX students_by_name ON students (name, id);
