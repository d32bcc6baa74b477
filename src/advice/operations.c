/*
 * Operations that are riskier than the call which carries them: a request among the many of ioctl, a family of sockets,
 * a namespace among the flags of clone.
 *
 * In: a call that is to be allowed, held to what was seen or whole. Out: the higher of the call's tier and that of the
 * riskiest operation that this opens, with its reason. Which operations: manual pages (ioctl_tty(2), packet(7), …), and
 * data/cves.csv, where most of their history stands.
 */
#include "advice/advice.h"

#include "abi/constants.h"
#include "learn/generalise.h"

#include <string.h>

static const struct operation {
	const char *call;
	const char *argument;
	const char *constant;
	bool is_bit; /* of flags */
	enum cg_tier tier;
	const char *reason;
} operations[] = {
	{ "clone", "flags", "CLONE_NEWUSER", true, CG_TIER_HIGH,
	  "a user namespace gives all capabilities within it, and with them reach into code of the kernel that was written for root" },
	{ "unshare", "flags", "CLONE_NEWUSER", true, CG_TIER_HIGH,
	  "a user namespace gives all capabilities within it, and with them reach into code of the kernel that was written for root" },
	{ "ioctl", "cmd", "TIOCSTI", false, CG_TIER_HIGH,
	  "it types into the terminal as its user would: whatever is typed runs outside of the sandbox" },
	{ "ioctl", "cmd", "TIOCLINUX", false, CG_TIER_HIGH, "it can paste into a console as its user would" },
	{ "ioctl", "cmd", "TIOCSETD", false, CG_TIER_MEDIUM,
	  "it loads line disciplines, old code with a history of vulnerabilities" },
	{ "socket", "domain", "AF_PACKET", false, CG_TIER_HIGH,
	  "it reads and writes the network below its protocols, and its code has a history of vulnerabilities" },
	{ "socket", "domain", "AF_ALG", false, CG_TIER_MEDIUM,
	  "it reaches the kernel's cryptography, which has a history of vulnerabilities" },
	{ "socket", "domain", "AF_NETLINK", false, CG_TIER_MEDIUM,
	  "it reaches the configuration of the network, and packet filters within a user namespace" },
	{ "socket", "domain", "AF_VSOCK", false, CG_TIER_MEDIUM, "it leads out of a virtual machine to its host" },
	{ "socket", "domain", "AF_KEY", false, CG_TIER_MEDIUM, "it reaches the kernel's tables of IPsec" },
	{ "socket", "domain", "AF_BLUETOOTH", false, CG_TIER_MEDIUM,
	  "it reaches the kernel's Bluetooth, which has a history of vulnerabilities" },
	{ "socket", "domain", "AF_CAN", false, CG_TIER_MEDIUM, "it reaches a vehicle's bus, and code with a history of vulnerabilities" },
	{ "socket", "domain", "AF_RDS", false, CG_TIER_MEDIUM, "an old protocol with a history of vulnerabilities" },
	{ "socket", "domain", "AF_TIPC", false, CG_TIER_MEDIUM, "a rare protocol with a history of vulnerabilities" },
};

/* Would allowing the wish allow this? A wish that is not held allows all of them. */
static bool opens(const struct cg_advice_wish *wish, const struct operation *operation)
{
	const struct cg_comparison *comparison = &wish->comparison;
	int arg = cg_argument_find(wish->arch, wish->name, operation->argument);
	uint64_t value;

	if (!wish->is_held)
		return true;
	if (arg < 0 || comparison->arg != (unsigned int)arg || !cg_constant_find(wish->arch, operation->constant, &value))
		return false;
	if (comparison->op != CG_OP_MASKED_EQ)
		return operation->is_bit ? (comparison->value & value) != 0 : comparison->value == value;
	if (comparison->value == 0 && operation->is_bit)
		return (comparison->mask & value) == 0;
	return operation->is_bit ? (comparison->value & comparison->mask & value) != 0 :
				   (value & comparison->mask) == (comparison->value & comparison->mask);
}

struct cg_advice_risk cg_advice_risk_of(const struct cg_advice_wish *wish)
{
	const struct cg_syscall *known = cg_syscall_find(wish->name);
	struct cg_advice_risk risk = { .tier = known ? known->tier : CG_TIER_NONE, .reason = known ? known->reason : "" };

	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
		const struct operation *operation = &operations[i];

		if (strcmp(operation->call, wish->name) != 0 || operation->tier <= risk.tier || !opens(wish, operation))
			continue;
		risk = (struct cg_advice_risk){ operation->tier, operation->reason, operation->constant };
	}
	return risk;
}
