import { inject } from 'vitest';
import { TestServer } from '../test-server';

export * from '../test-server';

TestServer.postgresUrl = () => inject('postgresUrl');
