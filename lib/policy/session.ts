/** A session ends 30 days after it began and after 14 days without use, whichever is first. */
export const SESSION_DAYS = 30;
export const SESSION_IDLE_DAYS = 14;
