DROP INDEX students_by_name;
