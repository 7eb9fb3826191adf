/**
 * The header by which a page says whose it is: the id of the user that it was made for. A browser has one
 * session for all its tabs; when somebody else signs in beside a page, what is pressed there would be done by
 * him. A call whose session is another user's is refused with `other_user`. (What begins with `x-gatehouse`
 * is the server's own, and goes at the door.)
 */
export const PAGE_USER_HEADER = 'Gatehouse-User';

/** Where the page keeps it, as a `<meta>` of this name. */
export const PAGE_USER_META = 'gatehouse-user';
