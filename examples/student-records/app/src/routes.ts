import { login, logout, showSession, showState } from "./accounts/login.ts";
import { open, type Route, signedIn } from "./http/router.ts";
import { showAudit } from "./operations/audit.ts";
import { showHealth, showVersion } from "./operations/health.ts";
import { showCounts } from "./operations/metrics.ts";
import { pageRoutes } from "./operations/pages.ts";
import { addCourse, enrol, giveGrade, listCourses, removeCourse } from "./records/courses.ts";
import { listStudents } from "./records/list-students.ts";
import { addStudent, changeStudent, removeStudent, showStudent } from "./records/students.ts";

const V1 = "/api/v1";

/** Every end point of the application. */
export const ROUTES: readonly Route[] = [
  ...pageRoutes(),
  open("GET", `${V1}/health`, showHealth),
  open("GET", `${V1}/version`, showVersion),
  open("GET", `${V1}/metrics/:subject`, showCounts),
  signedIn("GET", `${V1}/audit`, showAudit),

  open("POST", `${V1}/auth/login`, login),
  open("GET", `${V1}/auth/state`, showState),
  signedIn("GET", `${V1}/auth/session`, showSession),
  signedIn("POST", `${V1}/auth/logout`, logout),

  signedIn("GET", `${V1}/students`, listStudents),
  signedIn("POST", `${V1}/students`, addStudent),
  signedIn("GET", `${V1}/students/:student`, showStudent),
  signedIn("PATCH", `${V1}/students/:student`, changeStudent),
  signedIn("DELETE", `${V1}/students/:student`, removeStudent),

  signedIn("GET", `${V1}/courses`, listCourses),
  signedIn("POST", `${V1}/courses`, addCourse),
  signedIn("DELETE", `${V1}/courses/:course`, removeCourse),
  signedIn("POST", `${V1}/courses/:course/enrolments`, enrol),
  signedIn("PATCH", `${V1}/enrolments/:enrolment`, giveGrade),
];
