/** Where the people of the demo are, as the server sees it. */
export const HOME = '1.2.3.4';
export const OFFICE = '203.0.113.10';
export const CAFE = '9.9.9.9';
export const THIEF = '6.7.8.9';
