DROP TABLE audit;
DROP TABLE enrolments;
DROP TABLE courses;
DROP TABLE students;
DROP TABLE sessions;
DROP TABLE users;
