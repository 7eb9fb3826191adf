'use client';

import {
  type UseMutationOptions,
  type UseMutationResult,
  useMutation,
} from '@tanstack/react-query';
import { createContext, useContext } from 'react';
import type { ApiError } from '@/lib/client/api';
import { type AskGate, throughGate } from '@/lib/client/gate';

/** Filled by `GatePrompt`. Without it nothing asks, and a refusal is an error like any other. */
export const GateContext = createContext<AskGate | null>(null);

type Options<Data, Variables> = Omit<
  UseMutationOptions<Data, ApiError, Variables>,
  'mutationFn'
> & { mutationFn: (variables: Variables) => Promise<Data> };

/**
 * `useMutation` for a call that the gate may refuse. It stays pending while the prompt is open, goes on
 * by itself when the prompt is passed, and fails when the person goes back: the form keeps what it holds.
 */
export function useGatedMutation<Data, Variables = void>({
  mutationFn,
  ...options
}: Options<Data, Variables>): UseMutationResult<Data, ApiError, Variables> {
  const ask = useContext(GateContext);
  return useMutation<Data, ApiError, Variables>({
    ...options,
    mutationFn: (variables) => throughGate(ask, () => mutationFn(variables)),
  });
}
