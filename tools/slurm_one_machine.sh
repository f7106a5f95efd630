#!/usr/bin/env bash
# Run Slurm with CPU tasks on this machine, to try what uses it: bash tools/slurm_one_machine.sh start|stop|show [FOLDER]
# It needs Debian's slurm-wlm and munge, and root. All its files are in FOLDER (/run/flip_mm_slurm); nothing in /etc is read or
# changed. CPUS is the number of CPUs that it offers (all). Partitions: 'cpu', and 'urgent': its jobs requeue those of 'cpu'.
set -euo pipefail
usage="Usage: bash tools/slurm_one_machine.sh start|stop|show [FOLDER]"
die() { echo "$1" >&2; exit 2; }
[[ $# -ge 1 && $# -le 2 && $1 =~ ^(start|stop|show)$ ]] || die "$usage"
folder=${2:-/run/flip_mm_slurm}
folder=$(realpath -m "$folder")
export SLURM_CONF=$folder/slurm.conf
# Debian has the daemons where the PATH of users does not look.
PATH=$PATH:/usr/sbin:/sbin

# A daemon of this folder runs if the process of its pid file has the daemon's name.
running() { [ "$(cat "/proc/$(cat "$folder/$1.pid" 2>/dev/null || echo none)/comm" 2>/dev/null)" = "$1" ]; }

stop() {
    for daemon in slurmd slurmctld munged; do
        running "$daemon" || continue
        kill "$(cat "$folder/$daemon.pid")"
        for _ in $(seq 100); do running "$daemon" || break; sleep 0.1; done
        ! running "$daemon" || kill -9 "$(cat "$folder/$daemon.pid")"
    done
}

free_port() {
    local port
    for port in $(seq "$1" $(($1 + 200))); do
        (: < "/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
    done
    die "There is no free port from $1 to $(($1 + 200)) on this machine."
}

start() {
    local cpus memory host
    # nproc would return OMP_NUM_THREADS.
    cpus=${CPUS:-$(env -u OMP_NUM_THREADS -u OMP_THREAD_LIMIT nproc)} host=$(hostname -s)
    [[ $cpus =~ ^[1-9][0-9]*$ ]] || die "CPUS must be a whole number above 0, got '$cpus'."
    for program in munged slurmctld slurmd srun sbatch; do
        command -v "$program" > /dev/null || die "There is no program '$program': install Slurm with 'apt install slurm-wlm munge'."
    done
    [ "$(id -u)" = 0 ] || die "Slurm's daemons need root: start this script with sudo."
    ! running slurmctld || die "Slurm runs in '$folder' already: stop it first."
    stop
    memory=$(awk '/^MemTotal/ {print int($2 / 1024 * 0.9)}' /proc/meminfo)
    # Whoever can write there could become root.
    [ ! -e "$folder" ] || [ -z "$(find "$folder" -maxdepth 0 ! -user 0 -o -maxdepth 0 -perm /022)" ] ||
        die "'$folder' does not belong to root, or others can write to it: choose another folder."
    mkdir -p "$folder"/{state,spool}
    chmod 755 "$folder"
    [ -s "$folder/munge.key" ] || (umask 077 && head -c 1024 /dev/urandom > "$folder/munge.key")
    cat > "$SLURM_CONF" <<CONF
ClusterName=flip_mm
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket
CryptoType=crypto/munge
SlurmctldPort=$(free_port 16817)
SlurmdPort=$(free_port 17018)
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
PlugStackConfig=$folder/plugstack.conf
# Without cgroups, which containers often lack.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
ReturnToService=2
KillWait=10
SchedulerParameters=sched_interval=2,bf_interval=2,batch_sched_delay=1
SlurmdParameters=config_overrides
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
DefMemPerCPU=$((memory / cpus))
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
NodeName=$host NodeAddr=127.0.0.1 CPUs=$cpus RealMemory=$memory State=UNKNOWN
PartitionName=cpu Nodes=$host Default=YES MaxTime=INFINITE State=UP PriorityTier=1
PartitionName=urgent Nodes=$host MaxTime=INFINITE State=UP PriorityTier=10 PreemptMode=OFF
CONF
    : > "$folder/plugstack.conf"
    # It wants its socket where every user can reach it; a folder of tests is only for one.
    munged --force --key-file="$folder/munge.key" --socket="$folder/munge.socket" --pid-file="$folder/munged.pid" \
        --log-file="$folder/munged.log" --seed-file="$folder/munged.seed"
    slurmctld -c
    slurmd
    for _ in $(seq 150); do
        # The node is 'idle' once slurmd has registered.
        [[ $(sinfo --noheader --format=%T --partition=cpu 2>/dev/null) != idle ]] || { show; return; }
        sleep 0.2
    done
    tail -n 5 "$folder"/*.log >&2
    stop
    die "Slurm did not start within 30 s: its log files in '$folder' end with the lines above."
}

show() {
    running slurmctld || die "No Slurm runs in '$folder': start it with 'bash tools/slurm_one_machine.sh start'."
    sinfo >&2
    echo "export SLURM_CONF='$SLURM_CONF'"
}

"$1"
