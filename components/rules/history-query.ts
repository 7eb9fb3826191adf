/** Which events are the last changes of App Rules; the page and what reads on ask alike. */
export const HISTORY = { type: ['rule.changed'], limit: 5 };
