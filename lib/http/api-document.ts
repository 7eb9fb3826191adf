import { openApi } from '@/lib/contract/openapi';
import { version } from '@/package.json';
import { Answer } from './route';

const document = openApi(version);
/** The same for as long as this version runs, for whoever asks. */
const headers = { 'Cache-Control': 'public, max-age=3600', Vary: 'Accept-Encoding' };

/** This API, described. */
export const apiDocument = async () => new Answer(document, headers);
