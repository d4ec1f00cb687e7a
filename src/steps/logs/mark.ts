/** The fact under which a step notes where logs ended: a deploy before it touches its target, `logs` with `mark`. */
export const LOG_MARK = "log_mark";
