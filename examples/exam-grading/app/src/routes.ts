import { login, logout, me } from "./accounts/login.ts";
import { listCopies } from "./exams/copies.ts";
import { listExams } from "./exams/exams.ts";
import { showPage } from "./exams/pages.ts";
import { annotate, clearAnnotations, listAnnotations } from "./grading/annotations.ts";
import { finalize, showFinalPdf } from "./grading/finalize.ts";
import { lockCopy, releaseLock, showLock } from "./grading/locks.ts";
import { open, type Route, signedIn } from "./http/router.ts";
import { showHealth } from "./operations/health.ts";
import { pageRoutes } from "./operations/pages.ts";
import { showMetrics } from "./operations/show-metrics.ts";

const COPY = "/api/grading/copies/:copy";

/** Every end point of the application. */
export const ROUTES: readonly Route[] = [
  ...pageRoutes(),
  open("GET", "/api/health/", showHealth),
  open("GET", "/metrics", showMetrics),

  open("POST", "/api/login/", login),
  signedIn("POST", "/api/logout/", logout),
  signedIn("GET", "/api/me/", me),

  signedIn("GET", "/api/exams/", listExams),
  signedIn("GET", "/api/exams/:exam/copies/", listCopies),

  signedIn("GET", `${COPY}/pages/:page/`, showPage),
  signedIn("POST", `${COPY}/lock/`, lockCopy),
  signedIn("DELETE", `${COPY}/lock/release/`, releaseLock),
  signedIn("GET", `${COPY}/lock/status/`, showLock),
  signedIn("POST", `${COPY}/annotations/`, annotate),
  signedIn("GET", `${COPY}/annotations/`, listAnnotations),
  signedIn("DELETE", `${COPY}/annotations/`, clearAnnotations),
  signedIn("POST", `${COPY}/finalize/`, finalize),
  signedIn("GET", `${COPY}/final-pdf/`, showFinalPdf),
];
