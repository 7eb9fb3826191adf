/** How many rows a page of a list has. */
export const PAGE_ROWS = 50;
export const PAGE_ROWS_MAX = 100;
/** Of events, which programs follow. */
export const EVENT_ROWS_MAX = 1_000;

/** What a page is asked by. */
export type Paging = { limit: number; cursor?: string | undefined };

/** What a list shows before anybody asks for more. */
export const FIRST_PAGE: Paging = { limit: PAGE_ROWS };

/** The same where more stands below it on the page, or a row is tall: nobody is to scroll past fifty. */
export const SHORT_PAGE = { limit: 20 } as const satisfies Paging;
