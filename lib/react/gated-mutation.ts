'use client';

import {
  type UseMutationOptions,
  type UseMutationResult,
  useMutation,
} from '@tanstack/react-query';
import { createContext, useContext } from 'react';
import { ApiError } from '@/lib/client/api';

/** The refusals that the prompt answers in place; the session goes on in all of them. */
const GATE_CODES = [
  'ip_verification_required',
  'reauthentication_required',
  'client_address_unknown',
] as const;
export type GateCode = (typeof GATE_CODES)[number];

/** A refusal of the gate. */
export type GateRefusal = ApiError & { code: GateCode };

export function isGateRefusal(error: unknown): error is GateRefusal {
  return error instanceof ApiError && (GATE_CODES as readonly string[]).includes(error.code);
}

/** What a person asks for who wants to verify this network and was refused nothing. */
export function unverifiedHere(): GateRefusal {
  const code = 'ip_verification_required';
  return new ApiError(403, code, 'This network is not verified.', {}) as GateRefusal;
}

/**
 * What came of asking: the gate is passed; the proof was recorded for another network than the one that
 * was refused, by which the action may well go when it is repeated; or the person went back.
 */
export type GateAnswer = 'passed' | 'other_network' | 'went_back';

/**
 * Asks the person who sits here to pass the gate.
 * @param withdrawn aborted when there is nothing more to ask: the prompt closes
 */
export type AskGate = (refusal: GateRefusal, withdrawn?: AbortSignal) => Promise<GateAnswer>;

/** Filled by `GatePrompt`. Without it nothing asks, and a refusal is an error like any other. */
export const GateContext = createContext<AskGate | null>(null);

const NOT_DONE: Record<GateCode, string> = {
  ip_verification_required: 'Nothing was done, because this network was not verified.',
  reauthentication_required: 'Nothing was changed, because you did not confirm that it is you.',
  client_address_unknown:
    'Nothing was done, because the server can’t tell which network you are on.',
};

/**
 * Runs an action; when the gate refuses it, asks, and repeats it once the gate is passed.
 * @throws ApiError of the action; the refusal, in words for its form, when the person went back
 */
export async function throughGate<Data>(
  ask: AskGate | null,
  run: () => Promise<Data>,
): Promise<Data> {
  for (;;) {
    try {
      return await run();
    } catch (error) {
      if (ask === null || !isGateRefusal(error)) throw error;
      if ((await ask(error)) !== 'went_back') continue;
      throw new ApiError(error.status, error.code, NOT_DONE[error.code], error.problem);
    }
  }
}

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
