import {
  PREFERENCE_SECONDS,
  parseTheme,
  THEME_COOKIE,
  type Theme,
} from '@/lib/contract/preferences';

/** The scheme that the page is in, by choice; `system` where none was made. */
export function shownTheme(): Theme {
  return parseTheme(
    typeof document === 'undefined' ? undefined : document.documentElement.dataset.theme,
  );
}

/** Puts the page in a scheme, and all that are loaded after it. */
export function chooseTheme(theme: Theme): void {
  const seconds = theme === 'system' ? 0 : PREFERENCE_SECONDS;
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser yet
  document.cookie = `${THEME_COOKIE}=${theme}; path=/; max-age=${seconds}; samesite=lax`;
  document.documentElement.dataset.theme = theme;
}
