/**
 * Cookies of what a browser likes. Each is a wish and no more: whoever reads one takes only a value that
 * he knows, and nothing is allowed by it.
 */

/** The team that was looked at last: its id. Set by the middleware, where a team's page is visited. */
export const TEAM_COOKIE = 'gatehouse.team';

/** The colour scheme that was chosen; absent: the system's. Set by the profile menu. */
export const THEME_COOKIE = 'gatehouse.theme';

/** The time zone that the browser is in, such as `Europe/Berlin`. Set by the page that shows times of day. */
export const ZONE_COOKIE = 'gatehouse.zone';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

export const PREFERENCE_SECONDS = 365 * 24 * 60 * 60;

/** What a cookie says of the scheme, and the system's where it says nothing known. */
export function parseTheme(value: string | undefined): Theme {
  return THEMES.find((theme) => theme === value) ?? 'system';
}
