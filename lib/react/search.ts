'use client';

import { useEffect, useState } from 'react';

/** Typing is over when nothing was typed for so long. */
const TYPED_MS = 250;

/** What is typed to find rows by, and the `q` of the list that it makes once typing is over; undefined: all. */
export function useSearch(): {
  text: string;
  setText: (text: string) => void;
  q: string | undefined;
} {
  const [text, setText] = useState('');
  const [typed, setTyped] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setTyped(text.trim()), TYPED_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return { text, setText, q: typed === '' ? undefined : typed };
}
