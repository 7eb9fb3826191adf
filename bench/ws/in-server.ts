import { obey } from './orders';
import { settle } from './settle';

/** Loaded into the server that is measured, before it: frees its memory when told to. */
obey({ settle });
