'use client';

import dynamic from 'next/dynamic';

/** The dialogs of a Team Computer, each fetched when it is opened. Their page has a socket (`SocketProvider`). */
export const RegisterDialog = dynamic(
  () => import('@/components/register/register-dialog').then((module) => module.RegisterDialog),
  { ssr: false },
);
export const BringOnlineDialog = dynamic(
  () =>
    import('@/components/register/bring-online-dialog').then((module) => module.BringOnlineDialog),
  { ssr: false },
);
export const EditComputerDialog = dynamic(
  () =>
    import('@/components/register/edit-computer-dialog').then(
      (module) => module.EditComputerDialog,
    ),
  { ssr: false },
);
