#!/usr/bin/env bash
# A SLURM of one node on this machine, for tests: `one_node.sh up FOLDER`, `one_node.sh down FOLDER`.
#
# Everything it needs (keys, configuration, state, logs, process ids) lies in FOLDER, every port is
# on loopback, and nothing in /etc is touched: use it with SLURM_CONF=FOLDER/slurm.conf and
# PATH=FOLDER/bin:$PATH. Debian's packages are installed where they are missing, which takes root.
# FOLDER must have a short path without spaces, since it holds a socket. Ends with 77 where SLURM
# cannot be had here.
set -euo pipefail

CPUS=40 # more than there are: what is tested is the queue, not the speed
DAEMONS=(slurmd slurmctld munged)
PATH=$PATH:/usr/sbin:/sbin

usage() {
	echo "usage: $0 up|down FOLDER" >&2
	exit 2
}

unavailable() {
	echo "$1" >&2
	exit 77
}

# The process of a daemon, if it is the one that this folder's pid file means.
running() {
	local file=$folder/$1.pid pid
	[[ -s $file ]] || return 1
	pid=$(<"$file")
	# A process that has ended keeps its number until its parent asks for it.
	[[ $(ps -o comm=,state= -p "$pid") =~ ^"$1"\ +[^Z\ ] ]] && echo "$pid"
}

wait_until() {
	local tries=$1
	shift
	for (( ; tries > 0; tries--)); do
		"$@" >/dev/null 2>&1 && return
		sleep 0.1
	done
	return 1
}

gone() {
	! running "$1"
}

no_jobs() {
	[[ -z $(squeue --noheader) ]]
}

usable() {
	[[ $(sinfo --noheader --format=%T --partition=main) =~ ^(idle|mixed|allocated)$ ]]
}

free_port() {
	python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

install_packages() {
	local name missing=0
	for name in "${DAEMONS[@]}" sbatch; do
		command -v "$name" >/dev/null || missing=1
	done
	((missing)) || return 0
	[[ $(id -u) == 0 ]] || unavailable "SLURM is not installed, and only root can install it"
	command -v apt-get >/dev/null || unavailable "SLURM is not installed, and there is no apt-get"
	export DEBIAN_FRONTEND=noninteractive
	local apt=(apt-get -qq -o DPkg::Lock::Timeout=300)
	{ "${apt[@]}" update && "${apt[@]}" install -y --no-install-recommends \
		slurmctld slurmd slurm-client munge; } >"$folder/apt.log" 2>&1 ||
		unavailable "SLURM cannot be installed: $(tail -n 1 "$folder/apt.log")"
}

write_configuration() {
	local node me memory
	node=$(hostname -s)
	me=$(id -un)
	memory=$(($(awk '/^MemTotal/ {print $2}' /proc/meminfo) / 1024))
	mkdir -p "$folder/state" "$folder/spool"
	cat >"$SLURM_CONF" <<-CONF
		ClusterName=one
		SlurmctldHost=$node(127.0.0.1)
		SlurmctldPort=$(free_port)
		SlurmdPort=$(free_port)
		SlurmUser=$me
		SlurmdUser=$me
		CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
		AuthType=auth/munge
		AuthInfo=socket=$folder/munge.socket
		CredType=cred/munge
		AccountingStorageType=accounting_storage/none
		# A job that takes more memory than it asked for is killed, as clusters do.
		JobAcctGatherType=jobacct_gather/linux
		JobAcctGatherFrequency=task=1
		JobAcctGatherParams=OverMemoryKill
		MpiDefault=none
		ProctrackType=proctrack/linuxproc
		TaskPlugin=task/none
		SelectType=select/cons_tres
		SelectTypeParameters=CR_CPU_Memory
		SchedulerType=sched/backfill
		SchedulerParameters=batch_sched_delay=0,sched_min_interval=0,sched_interval=1,bf_interval=1
		KillWait=2
		ReturnToService=2
		SlurmdParameters=config_overrides
		StateSaveLocation=$folder/state
		SlurmdSpoolDir=$folder/spool
		SlurmctldPidFile=$folder/slurmctld.pid
		SlurmdPidFile=$folder/slurmd.pid
		SlurmctldLogFile=$folder/slurmctld.log
		SlurmdLogFile=$folder/slurmd.log
		NodeName=$node NodeAddr=127.0.0.1 CPUs=$CPUS RealMemory=$memory State=UNKNOWN
		PartitionName=main Nodes=$node Default=YES MaxTime=INFINITE State=UP
		PartitionName=other Nodes=$node MaxTime=INFINITE State=UP
	CONF
}

# Snakemake's plugin takes SLURM_CONF from the srun in a job, which then looks in /etc alone.
wrap_srun() {
	mkdir -p "$folder/bin"
	printf '#!/bin/sh\nSLURM_CONF=%s exec %s "$@"\n' "$SLURM_CONF" "$(command -v srun)" \
		>"$folder/bin/srun"
	chmod +x "$folder/bin/srun"
}

start() {
	mkdir -p "$folder"
	install_packages
	[[ -x $folder/bin/srun ]] || wrap_srun
	[[ -s $SLURM_CONF ]] || write_configuration
	if ! running munged >/dev/null; then
		[[ -s $folder/munge.key ]] || (umask 077 && head -c 1024 /dev/urandom >"$folder/munge.key")
		munged --force --socket="$folder/munge.socket" --key-file="$folder/munge.key" \
			--pid-file="$folder/munged.pid" --log-file="$folder/munged.log" \
			--seed-file="$folder/munge.seed"
	fi
	running slurmctld >/dev/null || slurmctld
	wait_until 100 scontrol ping
	running slurmd >/dev/null || slurmd
	if ! wait_until 200 usable; then
		tail -n 5 "$folder"/*.log >&2
		echo "SLURM does not come up" >&2
		exit 1
	fi
}

stop() {
	local name pid
	set +e # what fails for one must not keep the others running
	if [[ -s $SLURM_CONF ]] && running slurmctld >/dev/null; then
		scancel --user="$(id -un)"
		wait_until 100 no_jobs || echo "jobs are left: $(squeue --noheader)" >&2
	fi
	for name in "${DAEMONS[@]}"; do
		pid=$(running "$name") || continue
		kill "$pid" || continue
		wait_until 100 gone "$name" || kill -9 "$pid"
	done
	for name in "${DAEMONS[@]}"; do
		gone "$name" || exit 1
	done
}

[[ $# == 2 ]] || usage
folder=$(realpath --canonicalize-missing "$2")
export SLURM_CONF=$folder/slurm.conf
case $1 in
up) start ;;
down) stop ;;
*) usage ;;
esac
