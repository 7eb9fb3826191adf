import { SsoConnectionsSkeleton } from '@/components/sso/sso-connections';

export default function SsoLoading() {
  return <SsoConnectionsSkeleton />;
}
