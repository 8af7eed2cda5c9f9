import { BlockList, isIPv4, isIPv6 } from 'node:net'

/** IANA's special-purpose registries: whatever of IPv4 does not lead to somebody else's public server. */
const ownV4 = new BlockList()
for (const net of [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12'],
  ...['192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15'],
  ...['198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
]) {
  const [address = '', bits] = net.split('/')
  ownV4.addSubnet(address, Number(bits), 'ipv4')
}
/** Global unicast; without what stands for IPv4 addresses (Teredo, 6to4) or is for protocols and examples. */
const globalV6 = new BlockList()
globalV6.addSubnet('2000::', 3, 'ipv6')
const specialV6 = new BlockList()
specialV6.addSubnet('2001::', 23, 'ipv6')
specialV6.addSubnet('2001:db8::', 32, 'ipv6')
specialV6.addSubnet('2002::', 16, 'ipv6')
specialV6.addSubnet('3fff::', 20, 'ipv6')

/** Whether an address is one of the public internet: not this machine, not its network, not the cloud's metadata. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !ownV4.check(address, 'ipv4')
  return isIPv6(address) && globalV6.check(address, 'ipv6') && !specialV6.check(address, 'ipv6')
}
