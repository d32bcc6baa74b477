/*
 * SeccompProfile, the custom resource of Kubernetes' security-profiles-operator, as JSON (which is YAML too, and which
 * kubectl apply takes as well; kubectl get -o json gives it).
 *
 * Its spec is a profile in OCI form with three differences (api/seccompprofile/v1beta1): errnoRet is text, there is no
 * defaultErrnoRet, and baseProfileName names another resource to be united with it.
 */
#ifndef CG_PROFILE_K8S_H
#define CG_PROFILE_K8S_H

#include "base/json_read.h"
#include "profile/profile.h"

/* A manifest named after the profile's file. The error of the default is left out. 0; -EINVAL as of writing; -ENOMEM. */
int cg_k8s_write(const struct cg_profile *profile, const struct cg_target *target, struct cg_text *text);

/* Is this document such a resource? Then *root becomes its spec, in OCI form. -EINVAL: one with a base, or no spec. */
int cg_k8s_unwrap(const char *name, struct cg_json **root, struct cg_err *err);

#endif
