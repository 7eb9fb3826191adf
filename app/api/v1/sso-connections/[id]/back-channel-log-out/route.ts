import { backChannelLogOut } from '@/lib/http/back-channel-log-out';

export const POST = backChannelLogOut;
