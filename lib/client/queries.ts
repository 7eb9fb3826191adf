'use client';

import { type UseQueryOptions, type UseQueryResult, useQuery } from '@tanstack/react-query';
import type { Challenge, Friend, Page } from '@/lib/contract/resources';
import { type ApiError, api } from './api';

/**
 * What pages read from the API. A query's key is its path, so that whoever changes something behind a
 * path can say `invalidateQueries({ queryKey: [path] })`.
 */
type Options<Data> = Omit<UseQueryOptions<Data, ApiError>, 'queryKey' | 'queryFn'>;

/**
 * `GET /api/v1{path}`. A page gives what it was rendered with as `initialData`.
 */
export function useApiQuery<Data>(
  path: string,
  options: Options<Data> & { initialData: Data },
): Extract<UseQueryResult<Data, ApiError>, { data: Data }>;
export function useApiQuery<Data>(
  path: string,
  options?: Options<Data>,
): UseQueryResult<Data, ApiError>;
export function useApiQuery<Data>(
  path: string,
  options?: Options<Data>,
): UseQueryResult<Data, ApiError> {
  return useQuery<Data, ApiError>({
    ...options,
    queryKey: [path],
    queryFn: () => api<Data>('GET', path),
  });
}

export const COMPUTERS_PATH = '/computers';
export const FRIENDS_PATH = '/friends';

export function useFriends(initialData: Page<Friend>) {
  return useApiQuery<Page<Friend>>(FRIENDS_PATH, { initialData });
}

/** A challenge that somebody may pass elsewhere, every 3 seconds while it is pending. */
export function useChallenge(id: string | null) {
  return useApiQuery<Challenge>(`/challenges/${id ?? ''}`, {
    enabled: id !== null,
    staleTime: 0,
    gcTime: 0,
    retry: false,
    refetchInterval: ({ state }) =>
      state.data === undefined || state.data.status === 'pending' ? 3_000 : false,
  });
}
