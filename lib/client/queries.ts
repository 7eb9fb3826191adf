'use client';

import {
  type InfiniteData,
  keepPreviousData,
  type UseQueryOptions,
  type UseQueryResult,
  useInfiniteQuery,
  useQuery,
} from '@tanstack/react-query';
import type { Challenge, Page } from '@/lib/contract/resources';
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

/** A list as far as it was asked for. */
export type Pages<Row> = {
  rows: Row[];
  /** Why what is shown may be old; null where it is not. */
  error: ApiError | null;
  isFetching: boolean;
  refetch: () => unknown;
  more: {
    /** How many pages are shown. */
    pages: number;
    isThere: boolean;
    isFetching: boolean;
    error: ApiError | null;
    fetch: () => unknown;
  };
};

/**
 * `GET /api/v1{path}`, page after page. Its key is its path and its filter.
 * @param initial what the page was rendered with: the first page, without a filter of the reader's
 * @param filter as a query string, such as `q=olga`
 */
export function usePages<Row>(
  path: string,
  initial: Page<Row> | undefined,
  {
    filter = '',
    ...options
  }: { filter?: string; refetchInterval?: number; staleTime?: number } = {},
): Pages<Row> {
  const query = useInfiniteQuery<
    Page<Row>,
    ApiError,
    InfiniteData<Page<Row>>,
    string[],
    string | null
  >({
    ...options,
    queryKey: [path, filter],
    queryFn: ({ pageParam }) => {
      const params = new URLSearchParams(filter);
      if (pageParam !== null) params.set('cursor', pageParam);
      return api<Page<Row>>('GET', params.size > 0 ? `${path}?${params}` : path);
    },
    initialPageParam: null,
    getNextPageParam: (page) => page.nextCursor,
    ...(initial && { initialData: { pages: [initial], pageParams: [null] } }),
    // While another filter is asked for, what was found before stays.
    placeholderData: keepPreviousData,
  });
  const { data, error, isFetching, isFetchNextPageError, refetch } = query;
  return {
    rows: data?.pages.flatMap((page) => page.data) ?? [],
    error: isFetchNextPageError ? null : error,
    isFetching,
    refetch,
    more: {
      pages: data?.pages.length ?? 0,
      isThere: query.hasNextPage,
      isFetching: query.isFetchingNextPage,
      error: isFetchNextPageError ? error : null,
      fetch: query.fetchNextPage,
    },
  };
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
