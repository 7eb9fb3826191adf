'use client';

import {
  type InfiniteData,
  keepPreviousData,
  type UseQueryOptions,
  type UseQueryResult,
  useInfiniteQuery,
  useQuery,
} from '@tanstack/react-query';
import { type ApiError, listAll, type Sent } from '@/lib/client/api';
import { type Place, requestPath } from '@/lib/contract/call-path';
import type { AnswerOf, Call, ListCall, ParamsOf, QueryOf, RowOf } from '@/lib/contract/endpoints';
import type { ManagedComputer, Member, Page } from '@/lib/contract/resources';
import { call } from '@/lib/react/call';

/** What pages read from the API. */
type Reading = Extract<Call, `GET ${string}`>;

/**
 * By what an answer is kept: its path, and what was asked for behind the `?`. Without that, it names all that
 * was read of the path, for whoever changes something there.
 */
export function queryKey<C extends Call>(name: C, ...[place]: PlaceArgument<C>): string[] {
  const { params, query } = place ?? ({} as Place<C>);
  const path = requestPath(name, { params } as Place<C>);
  return query ? [path, requestPath(name, { params, query } as Place<C>)] : [path];
}
type PlaceArgument<C extends Call> = [keyof ParamsOf<C>] extends [never]
  ? [place?: Place<C>]
  : [place: Place<C>];

type Options<Data> = Omit<UseQueryOptions<Data, ApiError>, 'queryKey' | 'queryFn'>;

/**
 * One answer, read again when it is old.
 * @param options `initialData` is what the page was rendered with
 */
export function useCall<C extends Reading>(
  name: C,
  place: Place<NoInfer<C>>,
  options: Options<AnswerOf<C>> & { initialData: AnswerOf<C> },
): Extract<UseQueryResult<AnswerOf<C>, ApiError>, { data: AnswerOf<C> }>;
export function useCall<C extends Reading>(
  name: C,
  place: Place<NoInfer<C>>,
  options?: Options<AnswerOf<C>>,
): UseQueryResult<AnswerOf<C>, ApiError>;
export function useCall<C extends Reading>(
  name: C,
  place: Place<NoInfer<C>>,
  options?: Options<AnswerOf<C>>,
): UseQueryResult<AnswerOf<C>, ApiError> {
  return useQuery<AnswerOf<C>, ApiError>({
    ...options,
    queryKey: queryKey(name, place),
    queryFn: () => call(name, place as Sent<C>),
  });
}

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
 * A list, page after page.
 * @param initial what the page was rendered with: the first page, under the same query
 */
export function usePages<C extends ListCall & Reading>(
  name: C,
  place: Place<NoInfer<C>>,
  initial: Page<RowOf<C>> | undefined,
  options: { refetchInterval?: number; staleTime?: number; gcTime?: number } = {},
): Pages<RowOf<C>> {
  const query = useInfiniteQuery<
    Page<RowOf<C>>,
    ApiError,
    InfiniteData<Page<RowOf<C>>>,
    string[],
    string | null
  >({
    ...options,
    queryKey: queryKey(name, place),
    queryFn: async ({ pageParam }) => {
      const cursor = pageParam ?? undefined;
      const asked = { ...place, query: { ...place.query, cursor } as QueryOf<C> };
      return (await call(name, asked as Sent<C>)) as Page<RowOf<C>>;
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

/** Everybody whom a computer names, as it is now. There is a bound to them. */
export function useNamedMembers(teamId: string, computer: ManagedComputer | null) {
  return useQuery<Member[], ApiError>({
    queryKey: ['named members', computer?.id],
    queryFn: () => {
      const query = { computerId: computer?.id };
      return listAll(call, 'GET /teams/{teamId}/members', { params: { teamId }, query });
    },
    enabled: computer !== null && computer.namedUsers > 0,
    staleTime: 0,
    gcTime: 0,
  });
}

/** A challenge that somebody may pass elsewhere, every 3 seconds while it is pending. */
export function useChallenge(id: string | null) {
  return useCall(
    'GET /challenges/{id}',
    { params: { id: id ?? '' } },
    {
      enabled: id !== null,
      staleTime: 0,
      gcTime: 0,
      retry: false,
      refetchInterval: ({ state }) =>
        state.data === undefined || state.data.status === 'pending' ? 3_000 : false,
    },
  );
}
